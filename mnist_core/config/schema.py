"""The settings of a training and of a fine-tuning.

The form on the page, the flags of the command line and a run's config.json are all made from these fields, their
limits and their descriptions.
"""

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from mnist_core.common import names
from mnist_core.common.errors import InputError
from mnist_core.config import architectures
from mnist_core.config.architectures import Architecture

Optimizer = Literal["adam", "adamw", "muon", "rmsprop", "sgd"]
Schedule = Literal["constant", "cosine", "one-cycle", "exponential", "step"]
Activation = Literal["relu", "leaky_relu", "silu", "gelu", "elu", "tanh", "sigmoid"]
Initializer = Literal["glorot_uniform", "glorot_normal", "he_uniform", "he_normal", "lecun_normal"]
Precision = Literal["float32", "mixed_bfloat16", "mixed_float16"]
Trainable = Literal["everything", "last-half", "head"]
LabelIssues = Literal["exclude", "include"]
Name = Annotated[str, AfterValidator(names.cleaned)]


def _field(default: Any, group: str, description: str, **limits: Any) -> Any:
    return Field(default, description=description, json_schema_extra={"group": group}, **limits)


_DEVICE = _field(
    "auto", "Machine", "auto, cpu, or a GPU such as gpu:0 (mps:0 on a Mac).", pattern=r"^(auto|cpu|gpu:\d+|mps:0)$"
)
_SEED = _field(0, "Machine", "Initialises all random numbers: the same seed gives the same training.", ge=0, lt=2**31)


_ALLOWED = {
    "greater_than_equal": "at least {ge:.15g}",
    "greater_than": "more than {gt:.15g}",
    "less_than_equal": "at most {le:.15g}",
    "less_than": "less than {lt:.15g}",
    "string_too_long": "at most {max_length} characters long",
    "literal_error": "one of {expected}",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_parsing_size": "a smaller whole number",
    "int_from_float": "a whole number",
    "float_parsing": "a number",
    "float_type": "a number",
    "string_type": "text",
    "finite_number": "a finite number",
}
"""Pydantic's kind of error → what is allowed, in words."""


class Config(BaseModel):
    """Frozen and strict: unknown fields, NaN and wrong values raise `pydantic.ValidationError`."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    @classmethod
    def problems(cls, error: ValidationError) -> dict[str, str]:
        """Field name → the rest of a sentence about it: what is allowed and what was given."""
        return {str(each["loc"][0]): cls._problem(each) for each in error.errors()}

    @classmethod
    def _problem(cls, error: ErrorDetails) -> str:
        if error["type"] == "extra_forbidden":
            return "is not a setting."
        if error["type"] == "string_pattern_mismatch":  # the description says in words what the pattern allows
            allowed = str(cls.model_fields[str(error["loc"][0])].description).rstrip(".")
        elif error["type"] in _ALLOWED:
            allowed = _ALLOWED[error["type"]].format(**error.get("ctx", {}))
        else:
            return f"is refused: {error['msg']}. It is {error['input']!r}."
        return f"must be {allowed}, not {error['input']!r}."

    @classmethod
    def checked(cls, **values: Any) -> Self:
        """The constructor for values that a person gave.

        Raises:
            InputError: one line that names each wrong field, what is allowed and what was given.
        """
        try:
            return cls(**values)
        except ValidationError as error:
            raise InputError(" ".join(f"{name} {text}" for name, text in cls.problems(error).items())) from None

    @classmethod
    def groups(cls) -> dict[str, dict[str, FieldInfo]]:
        """The fields as people see them: group → name → field, in the order of definition."""
        groups: dict[str, dict[str, FieldInfo]] = {}
        for name, field in cls.model_fields.items():
            assert isinstance(field.json_schema_extra, dict)
            groups.setdefault(str(field.json_schema_extra["group"]), {})[name] = field
        return groups


class Augmentation(Config):
    """How much each training image is changed at random every time the network sees it.

    There are no flips: a mirrored 2 or 7 is not a digit, and a 6 upside down is a 9.
    """

    rotation: float = _field(0.0, "Augmentation", "Rotate by up to this many degrees in either direction.", ge=0, le=45)
    shift: float = _field(1.0, "Augmentation", "Shift by up to this many pixels in x and in y.", ge=0, le=8)
    zoom: float = _field(0.0, "Augmentation", "Shrink or enlarge by up to this share in x and in y.", ge=0, le=0.5)
    shear: float = _field(0.0, "Augmentation", "Slant by up to this much (0.3 slants a 1 by 17°).", ge=0, le=1)
    elastic: float = _field(0.0, "Augmentation", "Distort elastically by about this many pixels.", ge=0, le=5)
    stroke_width: float = _field(
        0.0, "Augmentation", "Thin or thicken the strokes by up to this fraction of a pixel.", ge=0, le=1
    )
    augmentation_probability: float = _field(
        1.0, "Augmentation", "Probability that an image is augmented; the others stay unchanged.", ge=0, le=1
    )


class TrainConfig(Augmentation):
    """A training from scratch."""

    name: Name = _field("", "Model", "Name of the model; if empty, a name is generated.", max_length=names.MAX_NAME)
    architecture: Architecture = _field("cnn", "Model", architectures.DESCRIPTION)
    start_from: str = _field(
        "", "Model", "A model of the same architecture that provides the initial weights; if empty, they are random."
    )
    activation: Activation = _field("relu", "Model", "Activation function: the non-linearity after each hidden layer.")
    initializer: Initializer = _field("he_uniform", "Model", "Distribution of the random initial weights.")
    dropout: float = _field(0.0, "Model", "Share of activations set to 0 at random in training.", ge=0, lt=1)
    l1: float = _field(0.0, "Model", "Penalty on the weights' absolute values: drives weights to 0.", ge=0, le=0.1)
    l2: float = _field(0.0, "Model", "Penalty on the weights' squares: keeps weights small.", ge=0, le=0.1)

    ensemble_size: int = _field(
        1, "Model", "Train an ensemble of this many networks; the model averages their logits.", ge=1, le=20
    )
    test_time_views: int = _field(
        1, "Model", "Average the predictions for this many shifted views: more accurate, but slower.", ge=1, le=9
    )

    dataset: str = _field("mnist", "Data", "mnist, digits (scikit-learn's), or the path of an .npz file or IDX folder.")
    train_subset: int = _field(0, "Data", "Train on only this many images; 0: all.", ge=0)
    synthetic_samples: int = _field(
        0, "Data", "Add this many synthetic digits, in styles that MNIST lacks.", ge=0, le=200_000
    )
    validation_share: float = _field(
        0.1, "Data", "Share of the training images held out to validate each epoch.", ge=0.01, le=0.5
    )

    epochs: int = _field(3, "Training", "Number of passes over the training images.", ge=1, le=1000)
    batch_size: int = _field(
        128, "Training", "Images per step. A larger batch makes an epoch faster but leaves fewer steps.", ge=1, le=8192
    )
    optimizer: Optimizer = _field(
        "muon",
        "Training",
        "The rule that turns gradients into steps. muon learns fastest in few epochs; on an mlp it behaves like adamw.",
    )
    learning_rate: float = _field(
        0.004, "Training", "Size of a step at its highest; the schedule scales it down.", gt=0, le=10
    )
    schedule: Schedule = _field("one-cycle", "Training", "How the learning rate changes during the training.")
    momentum: float = _field(
        0.9, "Training", "Share of the last step that is added to the next (muon, sgd and rmsprop).", ge=0, lt=1
    )
    weight_decay: float = _field(
        0.01, "Training", "How fast adamw and muon shrink the weights, which keeps them small.", ge=0, le=1
    )
    label_smoothing: float = _field(
        0.0,
        "Training",
        "Soften the targets: this share of each is spread over all ten digits.",
        ge=0,
        le=0.5,
    )
    ema_decay: float = _field(
        0.0,
        "Training",
        "Decay of an exponential moving average of the weights; 0.99 spans about 100 steps. 0: off.",
        ge=0,
        lt=1,
    )
    early_stopping: int = _field(0, "Training", "Stop after this many epochs without improvement; 0: never.", ge=0)

    precision: Precision = _field("float32", "Machine", "Number format; mixed precision is faster on recent GPUs.")
    device: str = _DEVICE
    seed: int = _SEED


class FineTuneConfig(Config):
    """A fine-tuning of an existing model on a few labelled drawings."""

    name: Name = _field(
        "", "Model", "Name of the fine-tuned model; if empty, a name is generated.", max_length=names.MAX_NAME
    )
    model: str = _field("", "Model", "The base: the model to fine-tune; if empty, the active model.")

    learning_rate: float = _field(
        0.001, "Fine-tuning", "Size of a step at its highest; the schedule scales it down.", gt=0, le=1
    )
    steps: int = _field(
        100,
        "Fine-tuning",
        "Number of training steps; a large fine-tuning set gets more.",
        ge=1,
        le=10_000,
    )
    batch_size: int = _field(48, "Fine-tuning", "Images per step, drawings and replayed ones.", ge=2, le=1024)
    replay: float = _field(
        0.5,
        "Fine-tuning",
        "Share of replayed old digits in each batch. Replay limits forgetting.",
        ge=0,
        lt=1,
    )
    augmentation_strength: float = _field(
        1.0, "Fine-tuning", "Strength of the random augmentation of each drawing; 1 rotates by up to 12°.", ge=0, le=3
    )
    trainable: Trainable = _field("last-half", "Fine-tuning", "Layers that may change; the others are frozen.")
    frozen: str = _field("", "Fine-tuning", "Names of more layers to freeze, separated by commas.", max_length=1000)
    layer_decay: float = _field(
        1.0, "Fine-tuning", "Step size of each layer relative to the next; below 1, early layers change less.",
        gt=0, le=1,
    )  # fmt: skip
    include_earlier: bool = _field(
        True,
        "Fine-tuning",
        "Whether to include drawings from earlier fine-tunings.",
    )
    label_issues: LabelIssues = _field(
        "exclude",
        "Fine-tuning",
        "Whether to exclude or include drawings with label issues: labels that are probably typing errors. Digits with "
        "fewer than three drawings are always included.",
    )
    allowed_drop: float = _field(
        0.12, "Fine-tuning", "Acceptance test: largest loss of MNIST accuracy in points, with 95 % confidence.",
        ge=0, le=100,
    )  # fmt: skip

    device: str = _DEVICE
    seed: int = _SEED


class OnnxConfig(Config):
    """Making the ONNX file of a model that lacks it."""

    model: str = _field("", "Model", "The model; if empty, the active model.")
