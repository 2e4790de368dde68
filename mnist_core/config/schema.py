"""The settings of a training and of a fine-tuning.

The form on the page, the flags of the command line and a run's config.json are all made from these fields, their
limits and their descriptions.
"""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from mnist_core.common import names
from mnist_core.common.language import N_
from mnist_core.config.architectures import ARCHITECTURES, Architecture
from mnist_core.config.fields import Config, field

Optimizer = Literal["adam", "adamw", "muon", "rmsprop", "sgd"]
Schedule = Literal["constant", "cosine", "one-cycle", "exponential", "step"]
Activation = Literal["relu", "leaky_relu", "silu", "gelu", "elu", "tanh", "sigmoid"]
Initializer = Literal["glorot_uniform", "glorot_normal", "he_uniform", "he_normal", "lecun_normal"]
Precision = Literal["float32", "mixed_bfloat16", "mixed_float16"]
Trainable = Literal["everything", "last-half", "head"]
LabelIssues = Literal["exclude", "include"]
Student = Literal["none", "tiny", "fast"]
Name = Annotated[str, AfterValidator(names.cleaned)]

GREATEST_SPARSITY = 95
"""Percent. Above it, little is left of the networks of this program."""


def _percentages(text: str) -> str:
    """The same list as "50, 80, 90"."""
    numbers = text.replace(",", " ").split()
    if not all(each.isascii() and each.isdigit() for each in numbers):
        raise PydanticCustomError("percentages", "wrong")
    values = [int(each) for each in numbers]
    if values != sorted(set(values)) or any(value > GREATEST_SPARSITY for value in values):
        raise PydanticCustomError("percentages", "wrong")
    return ", ".join(map(str, values))


Percentages = Annotated[str, AfterValidator(_percentages)]


def _devices(text: str) -> str:
    """The same list as "gpu:0,gpu:1", or the one word."""
    names = text.replace(" ", "").split(",")
    if len(names) == 1 and names[0] in ("auto", "all", "cpu", "mps:0"):
        return names[0]
    named = [f"gpu:{each}" if each.isdigit() else each for each in names]
    if len(set(named)) < len(named) or not any(
        all(re.fullmatch(rf"{kind}:[0-9]{{1,4}}", each) for each in named) for kind in ("gpu", "cpu")
    ):
        raise PydanticCustomError("devices", "wrong")
    return ",".join(named)


Devices = Annotated[str, AfterValidator(_devices)]

DEVICE = field(
    "auto", "machine", N_("Device"), N_("auto, cpu, or a GPU such as gpu:0 (mps:0 on a Mac)."),
    pattern=r"^(auto|cpu|gpu:\d+|mps:0)$",
)  # fmt: skip
_DEVICES = field(
    "auto", "machine", N_("Device"),
    N_("auto, cpu, or a GPU such as gpu:0 (mps:0 on a Mac). With JAX also several GPUs, such as 0,1, or all."),
    also="devices", max_length=1000,
)  # fmt: skip
BY_NAME = {"mnist": 60_000, "digits": 1_438}
"""The data sets that need no path → their training images."""
LARGEST_SEED = 2**31 - 1
SEED = field(
    0, "machine", N_("Seed"), N_("Seed of all random numbers. The same seed gives the same training."),
    ge=0, le=LARGEST_SEED,
)  # fmt: skip


class Augmentation(Config):
    """How much each training image is changed at random every time the network sees it.

    There are no flips: a mirrored 2 or 7 is not a digit, and a 6 upside down is a 9.
    """

    rotation: float = field(
        0.0, "augmentation", N_("Rotation"), N_("Largest rotation in either direction, in degrees."), ge=0, le=45
    )
    shift: float = field(1.0, "augmentation", N_("Shift"), N_("Largest shift in x and in y, in pixels."), ge=0, le=8)
    zoom: float = field(
        0.0, "augmentation", N_("Zoom"), N_("Largest change of size in x and in y, as a share."), ge=0, le=0.5
    )
    shear: float = field(0.0, "augmentation", N_("Shear"), N_("Largest slant; 0.3 slants a 1 by 17°."), ge=0, le=1)
    elastic: float = field(
        0.0, "augmentation", N_("Elastic"), N_("Distort elastically by about this many pixels."), ge=0, le=5
    )
    stroke_width: float = field(
        0.0, "augmentation", N_("Stroke width"), N_("Largest change of the stroke width, in pixels."),
        ge=0, le=1,
    )  # fmt: skip
    augmentation_probability: float = field(
        1.0, "augmentation", N_("Augmentation probability"),
        N_("Probability that an image is augmented. The others stay unchanged."), ge=0, le=1,
    )  # fmt: skip


class TrainConfig(Augmentation):
    """A training from scratch."""

    name: Name = field(
        "", "model", N_("Name"), N_("Name of the model. If it is empty, a name is generated."),
        max_length=names.MAX_NAME,
    )  # fmt: skip
    architecture: Architecture = field(
        "cnn", "model", N_("Architecture"), N_("Architecture of the network."), ARCHITECTURES
    )
    start_from: str = field(
        "", "model", N_("Start from"),
        N_("Model of the same architecture that provides the initial weights. If it is empty, they are random."),
    )  # fmt: skip
    activation: Activation = field(
        "relu", "model", N_("Activation"), N_("Activation function: the non-linearity after each hidden layer.")
    )
    initializer: Initializer = field(
        "he_uniform", "model", N_("Initializer"), N_("Distribution of the random initial weights.")
    )
    dropout: float = field(
        0.0, "model", N_("Dropout"), N_("Share of activations that training sets to 0 at random."), ge=0, lt=1
    )
    l1: float = field(
        0.0, "model", N_("L1"), N_("Penalty on the weights' absolute values. It drives weights to 0."), ge=0, le=0.1
    )
    l2: float = field(
        0.0, "model", N_("L2"), N_("Penalty on the squares of the weights. It keeps weights small."), ge=0, le=0.1
    )
    ensemble_size: int = field(
        1, "model", N_("Ensemble size"),
        N_("Train an ensemble of this many networks. The model averages their logits."), ge=1, le=20,
    )  # fmt: skip
    test_time_views: int = field(
        1, "model", N_("Test-time views"),
        N_("Average the predictions for this many shifted views. More views are more accurate, but slower."),
        ge=1, le=9,
    )  # fmt: skip

    dataset: str = field(
        "mnist", "data", N_("Dataset"),
        N_("mnist, digits (from scikit-learn), or the path of a data set: .npz, .csv, .zip, or a folder."),
    )  # fmt: skip
    turn_images: bool = field(
        False, "data", N_("Turn images"), N_("Swap the rows and columns of each image. EMNIST's files need this.")
    )
    train_subset: int = field(0, "data", N_("Train subset"), N_("Train on only this many images. 0 means all."), ge=0)
    synthetic_samples: int = field(
        0, "data", N_("Synthetic samples"), N_("Add this many synthetic digits in styles that MNIST lacks."),
        ge=0, le=200_000,
    )  # fmt: skip
    drawings: str = field(
        "", "data", N_("Drawings"),
        N_("File of labelled drawings to train on as well: .jsonl, .jsonl.gz or .zip."),
    )  # fmt: skip
    outliers: int = field(
        0, "data", N_("Outliers"),
        N_("Add this many scribbles, letters and symbols. The network learns from them to refuse non-digits."),
        ge=0, le=200_000,
    )  # fmt: skip
    outlier_drawings: str = field(
        "", "data", N_("Outlier drawings"),
        N_("File of drawings that are not digits, such as letters, to refuse as well."),
    )  # fmt: skip
    validation_share: float = field(
        0.1, "data", N_("Validation share"), N_("Share of the training images held out to validate each epoch."),
        ge=0.01, le=0.5,
    )  # fmt: skip

    epochs: int = field(3, "training", N_("Epochs"), N_("Number of passes over the training images."), ge=1, le=1000)
    batch_size: int = field(
        128, "training", N_("Batch size"),
        N_("Images per step. A larger batch makes an epoch faster but leaves fewer steps."), ge=1, le=8192,
    )  # fmt: skip
    optimizer: Optimizer = field(
        "muon", "training", N_("Optimizer"),
        N_(
            "Rule that turns gradients into steps. muon learns fastest in few epochs; on an mlp it behaves like adamw."
        ),
    )  # fmt: skip
    learning_rate: float = field(
        0.004, "training", N_("Learning rate"), N_("Largest step size. The schedule scales it down."), gt=0, le=10
    )
    schedule: Schedule = field(
        "one-cycle", "training", N_("Schedule"), N_("How the learning rate changes during the training.")
    )
    momentum: float = field(
        0.9, "training", N_("Momentum"),
        N_("Share of the previous step that is added to the next one (muon, sgd and rmsprop)."), ge=0, lt=1,
    )  # fmt: skip
    weight_decay: float = field(
        0.01, "training", N_("Weight decay"), N_("How fast adamw and muon shrink the weights. It keeps them small."),
        ge=0, le=1,
    )  # fmt: skip
    label_smoothing: float = field(
        0.0, "training", N_("Label smoothing"),
        N_("Soften the targets: this share of each target is spread over all ten digits."), ge=0, le=0.5,
    )  # fmt: skip
    ema_decay: float = field(
        0.0, "training", N_("EMA decay"),
        N_("Decay of an exponential moving average of the weights. 0.99 spans about 100 steps; 0 turns it off."),
        ge=0, lt=1,
    )  # fmt: skip
    early_stopping: int = field(
        0, "training", N_("Early stopping"), N_("Stop after this many epochs without improvement. 0 means never."),
        ge=0,
    )  # fmt: skip

    precision: Precision = field(
        "float32", "machine", N_("Numeric precision"), N_("Number format. Mixed precision is faster on recent GPUs.")
    )
    device: Devices = _DEVICES
    seed: int = SEED

    @property
    def learns_outliers(self) -> bool:
        """Whether the network gets a second output, which says how much an image looks like a digit."""
        return bool(self.outliers or self.outlier_drawings)


class FineTuneConfig(Config):
    """A fine-tuning of an existing model on a few labelled drawings."""

    name: Name = field(
        "", "model", N_("Name"), N_("Name of the fine-tuned model. If it is empty, a name is generated."),
        max_length=names.MAX_NAME,
    )  # fmt: skip
    model: str = field(
        "", "model", N_("Model"), N_("The base: the model to fine-tune. If it is empty, this is the active model.")
    )

    learning_rate: float = field(
        0.002, "fine_tuning", N_("Learning rate"), N_("Largest step size. The schedule scales it down."), gt=0, le=1
    )
    steps: int = field(
        100, "fine_tuning", N_("Steps"),
        N_(
            "Number of training steps. A large fine-tuning set gets more, and so does handwriting that the model often "
            "misclassifies."
        ),
        ge=1, le=10_000,
    )  # fmt: skip
    batch_size: int = field(
        80, "fine_tuning", N_("Batch size"), N_("Images per step: drawings and replayed digits."), ge=2, le=1024
    )
    replay: float = field(
        0.7, "fine_tuning", N_("Replay"),
        N_("Share of replayed old digits in each batch. Replay limits forgetting."), ge=0, lt=1,
    )  # fmt: skip
    augmentation_strength: float = field(
        1.0, "fine_tuning", N_("Augmentation strength"),
        N_("Strength of the random augmentation of each drawing. 1 rotates by up to 12°."), ge=0, le=3,
    )  # fmt: skip
    trainable: Trainable = field(
        "last-half", "fine_tuning", N_("Trainable"), N_("Layers that may change. The others are frozen.")
    )
    frozen: str = field(
        "", "fine_tuning", N_("Frozen"), N_("Names of more layers to freeze, separated by commas."), max_length=1000
    )
    layer_decay: float = field(
        1.0, "fine_tuning", N_("Layer decay"),
        N_("Step size of each layer relative to the next. Below 1, early layers change less."), gt=0, le=1,
    )  # fmt: skip
    include_earlier: bool = field(
        True, "fine_tuning", N_("Include earlier"), N_("Whether to include drawings from earlier fine-tunings.")
    )
    label_issues: LabelIssues = field(
        "exclude", "fine_tuning", N_("Label issues"),
        N_(
            "Whether to exclude or include drawings with label issues: labels that are probably typing errors. Digits "
            "with fewer than three drawings are always included."
        ),
    )  # fmt: skip
    allowed_drop: float = field(
        0.2, "fine_tuning", N_("Allowed drop"),
        N_("Acceptance test: largest loss of MNIST accuracy in percentage points, with 95% confidence."),
        ge=0, le=100,
    )  # fmt: skip

    device: str = DEVICE
    seed: int = SEED


class OnnxConfig(Config):
    """Making the ONNX file of a model that lacks it."""

    model: str = field("", "model", N_("Model"), N_("The model. If it is empty, this is the active model."))


class ExportConfig(Config):
    """Making a model's files for other programs."""

    model: str = field("", "model", N_("Model"), N_("The model. If it is empty, this is the active model."))


class CompressConfig(Config):
    """Making a model smaller and faster: distillation, low-rank factors, pruning, int8, in this order."""

    name: Name = field(
        "", "model", N_("Name"), N_("Name of the compressed models. If it is empty, they are named after the model."),
        max_length=names.MAX_NAME,
    )  # fmt: skip
    model: str = field("", "model", N_("Model"), N_("The model to compress. If it is empty, this is the active model."))

    distill_into: Student = field(
        "none", "compression", N_("Distill into"),
        N_("Train a smaller network of this architecture to predict what the model predicts."),
    )  # fmt: skip
    low_rank: float = field(
        0.0, "compression", N_("Low rank"),
        N_("Replace layers by two thin ones that keep about this share of the weights. 0 turns it off."), ge=0, lt=1,
    )  # fmt: skip
    sparsity: Percentages = field(
        "", "compression", N_("Sparsity"),
        N_("Percentages of the weights to set to 0, least important first, one after the other, such as 50, 80, 90."),
        max_length=100,
    )  # fmt: skip
    int8: bool = field(
        True, "compression", N_("int8"),
        N_("Whether to make an int8 form of each model: about a quarter of the size. An lstm hardly shrinks."),
    )  # fmt: skip

    distill_epochs: int = field(
        15, "training", N_("Epochs of the distillation"), N_("Number of epochs of the distillation."), ge=1, le=1000
    )
    epochs: int = field(
        2, "training", N_("Epochs"), N_("Number of epochs of training after each other change of the weights."),
        ge=0, le=1000,
    )  # fmt: skip
    learning_rate: float = field(
        0.002, "training", N_("Learning rate"),
        N_("Largest step size of this training. The distillation uses four times as much."), gt=0, le=1,
    )  # fmt: skip
    batch_size: int = field(128, "training", N_("Batch size"), N_("Images per step."), ge=1, le=8192)

    dataset: str = field(
        "", "data", N_("Dataset"),
        N_("Data set to train and to measure on: mnist, digits, or a path. If it is empty, this is the model's own."),
    )  # fmt: skip
    drawings: str = field(
        "", "data", N_("Drawings"),
        N_("File of labelled drawings to measure on as well: .jsonl, .jsonl.gz or .zip. Nothing learns them."),
    )  # fmt: skip

    device: str = DEVICE
    seed: int = SEED

    @property
    def levels(self) -> tuple[float, ...]:
        """The sparsities, as shares."""
        return tuple(int(each) / 100 for each in self.sparsity.split(", ") if each)

    @property
    def trains(self) -> bool:
        """Whether any step changes the weights, which needs the Keras file."""
        return self.distill_into != "none" or bool(self.low_rank or self.levels)
