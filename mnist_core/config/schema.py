"""What can be chosen about a training or a fine-tuning.

One object serves everywhere: the form on the page, the flags of the command line and a run's config.json
are all made from these fields, their limits and their descriptions.
"""

from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from mnist_core.common.errors import InputError
from mnist_core.config import architectures
from mnist_core.config.architectures import Architecture

Optimizer = Literal["adam", "adamw", "muon", "rmsprop", "sgd"]
Schedule = Literal["constant", "cosine", "one-cycle", "exponential", "step"]
# Keras' "gelu" is the exact form, which exports to an operator that ONNX Runtime lacks, so it is not offered.
Activation = Literal["relu", "leaky_relu", "silu", "elu", "tanh", "sigmoid"]
Initializer = Literal["glorot_uniform", "glorot_normal", "he_uniform", "he_normal", "lecun_normal"]
Precision = Literal["float32", "mixed_bfloat16", "mixed_float16"]
Trainable = Literal["everything", "last-half", "head"]
LabelIssues = Literal["exclude", "include"]


def _field(default: Any, group: str, description: str, **limits: Any) -> Any:
    return Field(default, description=description, json_schema_extra={"group": group}, **limits)


_DEVICE = _field("auto", "Machine", "auto, cpu, or a GPU such as gpu:0.", pattern=r"^(auto|cpu|gpu:\d+)$")
_SEED = _field(0, "Machine", "The start of all random numbers: same seed, same training.", ge=0, lt=2**31)


_ALLOWED = {
    "greater_than_equal": "at least {ge:.15g}",
    "greater_than": "more than {gt:.15g}",
    "less_than_equal": "at most {le:.15g}",
    "less_than": "less than {lt:.15g}",
    "string_too_long": "at most {max_length} characters long",
    "literal_error": "one of {expected}",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_parsing_size": "a smaller whole number",
    "int_from_float": "a whole number",
    "float_parsing": "a number",
    "float_type": "a number",
    "string_type": "text",
    "finite_number": "a finite number",
}
"""Pydantic's kinds of error, as people would say what is allowed."""


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
        if error["type"] == "string_pattern_mismatch":  # its field says in words what the pattern says
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
    """How much each training image is changed at random, anew every time it is shown.

    Flips are not offered: a mirrored 2 or 7 is no digit, and a 6 upside down is a 9.
    """

    rotation: float = _field(0.0, "Augmentation", "Turn by up to this many degrees, either way.", ge=0, le=45)
    shift: float = _field(1.0, "Augmentation", "Move by up to this many pixels, in x and in y.", ge=0, le=8)
    zoom: float = _field(0.0, "Augmentation", "Shrink or enlarge by up to this share, in x and in y.", ge=0, le=0.5)
    shear: float = _field(0.0, "Augmentation", "Slant by up to this much (0.3 leans a 1 by 17°).", ge=0, le=1)
    elastic: float = _field(0.0, "Augmentation", "Bend smoothly, points moving by about this many pixels.", ge=0, le=5)
    stroke_width: float = _field(
        0.0, "Augmentation", "Thin or thicken the strokes by up to this part of a pixel.", ge=0, le=1
    )
    augmentation_probability: float = _field(
        1.0, "Augmentation", "Share of the images that are changed; the others are shown as they are.", ge=0, le=1
    )


class TrainConfig(Augmentation):
    """A training from scratch."""

    name: str = _field("", "Model", "What the model will be called; left empty, a name is made.", max_length=100)
    architecture: Architecture = _field("cnn", "Model", architectures.DESCRIPTION)
    start_from: str = _field(
        "", "Model", "A model of the same architecture whose weights to start from; else random ones."
    )
    activation: Activation = _field("relu", "Model", "The non-linearity after each hidden layer.")
    initializer: Initializer = _field("he_uniform", "Model", "How the weights are drawn before training.")
    dropout: float = _field(0.0, "Model", "Share of activations switched off at random in training.", ge=0, lt=1)
    l1: float = _field(0.0, "Model", "Penalty on the weights' absolute size: pushes weights to 0.", ge=0, le=0.1)
    l2: float = _field(0.0, "Model", "Penalty on the weights' squared size: keeps weights small.", ge=0, le=0.1)

    ensemble_size: int = _field(
        1, "Model", "Train this many networks side by side; the model is their mean.", ge=1, le=20
    )
    test_time_views: int = _field(
        1, "Model", "In use, average the readings of this many views, moved by a pixel: better, and slower.", ge=1, le=9
    )

    dataset: str = _field("mnist", "Data", "mnist, digits (scikit-learn's), or the path of an .npz file or IDX folder.")
    train_subset: int = _field(0, "Data", "Train on only this many images, 0 for all: see what little data does.", ge=0)
    synthetic_samples: int = _field(
        0, "Data", "Add this many digits that the program writes itself, in styles MNIST lacks.", ge=0, le=200_000
    )
    validation_share: float = _field(
        0.1, "Data", "Share of the training images kept apart to judge each epoch.", ge=0.01, le=0.5
    )

    epochs: int = _field(3, "Training", "How many times every training image is shown.", ge=1, le=1000)
    batch_size: int = _field(
        128, "Training", "Images per step. More: an epoch is quicker, but has fewer steps to learn in.", ge=1, le=8192
    )
    optimizer: Optimizer = _field(
        "muon",
        "Training",
        "The rule that turns gradients into steps; muon gets furthest in few epochs (for an mlp it is adamw).",
    )
    learning_rate: float = _field(0.004, "Training", "The size of a step, at its highest.", gt=0, le=10)
    schedule: Schedule = _field("one-cycle", "Training", "How the learning rate changes from start to end.")
    momentum: float = _field(0.9, "Training", "How much of the last step goes on (muon, sgd and rmsprop).", ge=0, lt=1)
    weight_decay: float = _field(0.01, "Training", "How fast adamw and muon shrink the weights.", ge=0, le=1)
    label_smoothing: float = _field(
        0.0,
        "Training",
        "Learn 0.9 instead of 1 for the right digit, say: this much is shared among all ten.",
        ge=0,
        le=0.5,
    )
    ema_decay: float = _field(
        0.0,
        "Training",
        "Use a running mean of the weights; 0.99: over about the last 100 steps. 0: off.",
        ge=0,
        lt=1,
    )
    early_stopping: int = _field(0, "Training", "Stop after this many epochs without a better one; 0: never.", ge=0)

    precision: Precision = _field("float32", "Machine", "Number format: a mixed one is faster on newer chips.")
    device: str = _DEVICE
    seed: int = _SEED


class FineTuneConfig(Config):
    """Teaching an existing model from a few labelled drawings."""

    name: str = _field("", "Model", "What the tuned model will be called; left empty, a name is made.", max_length=100)
    model: str = _field("", "Model", "The model to start from; left empty, the loaded one.")

    learning_rate: float = _field(0.001, "Fine-tuning", "The size of a step, at its highest.", gt=0, le=1)
    steps: int = _field(
        100,
        "Fine-tuning",
        "How many batches are learned; more where many drawings would hardly be seen.",
        ge=1,
        le=10_000,
    )
    batch_size: int = _field(48, "Fine-tuning", "Images per step, drawings and replayed ones together.", ge=2, le=1024)
    replay: float = _field(
        0.5,
        "Fine-tuning",
        "Share of old digits in each batch, against forgetting: MNIST's, or the program's own.",
        ge=0,
        lt=1,
    )
    augmentation_strength: float = _field(
        1.0, "Fine-tuning", "How much each drawing is varied at random: 1 turns by up to 12°.", ge=0, le=3
    )
    trainable: Trainable = _field("last-half", "Fine-tuning", "Which layers may change; the others are frozen.")
    frozen: str = _field(
        "", "Fine-tuning", "Layers to freeze besides, by their names, with commas between.", max_length=1000
    )
    layer_decay: float = _field(
        1.0, "Fine-tuning", "Each layer's step, as a share of the next layer's: below 1, early layers change less.",
        gt=0, le=1,
    )  # fmt: skip
    include_earlier: bool = _field(
        True,
        "Fine-tuning",
        "Learn the drawings again that the model has learned before, or not (--exclude-earlier).",
    )
    label_issues: LabelIssues = _field(
        "exclude",
        "Fine-tuning",
        "What to do with drawings whose label looks like a slip of the key (never of a digit with fewer than three).",
    )
    allowed_drop: float = _field(
        0.12, "Fine-tuning", "Points of MNIST accuracy that may be lost, with 95 % confidence, to be accepted.",
        ge=0, le=100,
    )  # fmt: skip

    device: str = _DEVICE
    seed: int = _SEED
