"""What a model is and where it came from: its card, written once, beside the model."""

from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from mnist_core.common.records import Converter, Record, Values
from mnist_core.config import legacy
from mnist_core.config.schema import FineTuneConfig, TrainConfig

Kind = Literal["shipped", "trained", "fine-tuned", "imported"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Source(_Part):
    """The model whose weights a training started from."""

    name: str
    command: str


class TrainingData(_Part):
    """What a model was trained on."""

    name: str
    trained_on: int
    """Images, those of the next field included."""
    synthetic: int
    validated_on: int
    tested_on: int
    started_from: Source | None = None


class FineTuningData(_Part):
    """What a model was fine-tuned on. The registry has the hash of each drawing."""

    learned: int
    """Drawings."""
    left_out: int
    """Drawings with a label issue."""
    replayed: str
    """What the replay buffer held: "mnist" or "synthetic"."""


class Shapes(_Part):
    """What an imported network takes and gives."""

    input_shape: tuple[int | None, ...]
    output_shape: tuple[int | None, ...]


class Figures(_Part):
    """What was measured; None where it was not."""

    test_accuracy: float | None = None
    validation_accuracy: float | None = None
    onnx_difference: float | None = None
    """The largest difference of a logit between the two files."""
    best_epoch: int | None = None
    epochs: int | None = None
    fit_seconds: float | None = None
    drawings_before: float | None = None
    drawings_after: float | None = None
    alpha: float | None = None
    greatest_drop: float | None = None
    """Points of accuracy on held-out images: the upper end of the 95 % interval."""


def _from_1(values: Values) -> Values:
    """Version 0.1: data and figures of all kinds in two dictionaries; `parent` and `origin`."""
    data, figures = dict(values.pop("data", {})), dict(values.pop("figures", {}))
    values["base"], values["initial_weights"] = values.pop("parent", None), values.pop("origin", None)
    values["config"] = legacy.upgraded(values["config"]) if values.get("config") else None
    values["figures"] = {name: int(v) if name in ("best_epoch", "epochs") else v for name, v in figures.items()}
    if "trained_on" in data:
        data["synthetic"] = data.pop("generated", 0)
        values["training_data"] = data
    elif "replayed" in data:
        values["fine_tuning_data"] = {
            "learned": _count(data.get("drawings", [])),
            "left_out": _count(data.get("left_out", [])),
            "replayed": "synthetic" if data["replayed"] == "generated digits" else data["replayed"],
        }
    elif "input_shape" in data:
        values["shapes"] = data
    return values


def _count(value: Any) -> int:
    """Of hashes, or of hashes that the database has already taken out of a card and counted."""
    return value if isinstance(value, int) else len(value)


class Card(Record):
    """What a model is and where it came from."""

    FORMAT: ClassVar[int] = 2
    CONVERTERS: ClassVar[dict[int, Converter]] = {1: _from_1}

    name: str
    kind: Kind
    architecture: str
    parameters: int
    created: str
    command: str = ""
    config: TrainConfig | FineTuneConfig | None = None
    training_data: TrainingData | None = None
    fine_tuning_data: FineTuningData | None = None
    shapes: Shapes | None = None
    figures: Figures = Figures()
    energy_threshold: float | None = None
    base: str | None = None
    """The id of the model that was tuned, or whose weights the training started from."""
    initial_weights: str | None = None
    """For a fine-tuned model, the id of the ancestor whose weights the fine-tuning started from."""
    run: str | None = None
    usable: bool = True
    """False where the input or output is not that of a digit model (an import): shown, not used."""

    @property
    def mnist_test_accuracy(self) -> float | None:
        """Accuracy on MNIST's test set; None where it was not measured, as after training on something else."""
        on_mnist = (self.training_data and self.training_data.name == "mnist") or (
            self.fine_tuning_data and self.fine_tuning_data.replayed == "mnist"
        )
        return self.figures.test_accuracy if on_mnist else None

    @property
    def tested(self) -> str:
        """The accuracy on its test set, and which that was; empty where there was none."""
        if self.figures.test_accuracy is None:
            return ""
        named = self.training_data.name if self.training_data else "its test set"
        return f"{self.figures.test_accuracy:.2%} on {'MNIST' if self.mnist_test_accuracy is not None else named}"
