"""A model's card: a description of the model and its origin, written once, beside the model."""

from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import field_validator

from mnist_core.common.language import N_, Text, _
from mnist_core.common.records import Converter, Part, Record, Values
from mnist_core.config import legacy
from mnist_core.config.federated import FederateConfig, FederateServeConfig
from mnist_core.config.schema import CompressConfig, FineTuneConfig, TrainConfig
from mnist_core.evaluation.compression import CompressedPoint
from mnist_core.evaluation.metrics import Accuracy
from mnist_core.evaluation.reports import Replayed
from mnist_core.models.input_form import Inputs

Kind = Literal["shipped", "trained", "fine-tuned", "imported", "compressed", "federated"]
KINDS: dict[Kind, str] = {
    "shipped": N_("shipped"),
    "trained": N_("trained"),
    "fine-tuned": N_("fine-tuned"),
    "imported": N_("imported"),
    "compressed": N_("compressed"),
    "federated": N_("federated"),
}
"""Kind → what people call it."""
MNIST_TEST_IMAGES = 10_000
"""A fine-tuning measures its test accuracy on all of them."""


class Source(Part):
    """The model whose weights a training started from."""

    name: str
    command: str


def dataset_title(name: str) -> str:
    """What people call a data set with this name."""
    return "MNIST" if name == "mnist" else name


class TrainingData(Part):
    """What a model was trained on."""

    name: str
    trained_on: int
    """Digits, including the synthetic ones and the drawings; each counts once."""
    synthetic: int
    drawings: str = ""
    """The name of the file of drawings that it learned as well."""
    outliers: int = 0
    """Images that are not digits; each counts once."""
    validated_on: int
    tested_on: int
    started_from: Source | None = None

    @property
    def title(self) -> str:
        """What people call the data set."""
        return dataset_title(self.name)


class FineTuningData(Part):
    """What a model was fine-tuned on. The registry has the hash of each drawing."""

    learned: int
    """Drawings."""
    left_out: int
    """Drawings with a label issue."""
    replayed: Replayed


class FederatedData(Part):
    """What a federated model was made from."""

    clients: int
    drawings: int
    """That the clients have learned, together."""
    rounds: int
    replayed: Replayed
    epsilon: float | None = None
    """Of the differential privacy of the weights, at `delta`; None without noise."""
    delta: float | None = None


class Compression(Part):
    """A compressed model and the model that it was made from, with the same figures."""

    point: CompressedPoint
    base: CompressedPoint


class Shapes(Part):
    """The input and output of an imported network."""

    input_shape: tuple[int | None, ...]
    output_shape: tuple[int | None, ...]


class Figures(Part):
    """What was measured; None if it was not."""

    test_accuracy: float | None = None
    validation_accuracy: float | None = None
    calibration_error_before: float | None = None
    """The expected calibration error on the validation images, before a temperature divided the logits."""
    calibration_error: float | None = None
    """The same afterwards."""
    outliers_refused: float | None = None
    """The share of held-out non-digits that are "not a digit"."""
    onnx_difference: float | None = None
    """The largest difference of an output between the Keras file and the ONNX file."""
    best_epoch: int | None = None
    epochs: int | None = None
    fit_seconds: float | None = None
    drawings_before: float | None = None
    drawings_after: float | None = None
    alpha: float | None = None
    greatest_drop: float | None = None
    """Points of accuracy on held-out images: the upper end of the 95% interval."""


def _from_1(values: Values) -> Values:
    """Version 0.1: data and figures of all kinds in two dictionaries; `parent` and `origin`."""
    data, figures = dict(values.pop("data", {})), dict(values.pop("figures", {}))
    values["base"], values["initial_weights"] = values.pop("parent", None), values.pop("origin", None)
    values["config"] = legacy.upgraded(values["config"]) if values.get("config") else None
    whole = {name: int(figures[name]) for name in ("best_epoch", "epochs") if figures.get(name) is not None}
    # With MNIST, a fine-tuning also gave its accuracy on MNIST before and after; the latter is the test accuracy.
    values["figures"] = {name: v for name, v in (figures | whole).items() if name in Figures.model_fields}
    if "trained_on" in data:
        data["synthetic"] = data.pop("generated", 0)
        if data["name"] == "mnist" and (dataset := (values["config"] or {}).get("dataset", "mnist")) != "mnist":
            data["name"] = Path(dataset).name  # a file of that name, with any content
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


def _from_2(values: Values) -> Values:
    """Only the energy of the logits told what is not a digit."""
    values["digit_threshold"] = values.pop("energy_threshold", None)
    return values


def _from_3(values: Values) -> Values:
    """No model was compressed."""
    return values


def _from_4(values: Values) -> Values:
    """No model was federated."""
    return values


def _count(value: Any) -> int:
    """The number of hashes, or that number itself where the database has replaced them."""
    return value if isinstance(value, int) else len(value)


class Card(Record):
    """A description of a model and its origin."""

    FORMAT: ClassVar[int] = 5
    CONVERTERS: ClassVar[dict[int, Converter]] = {1: _from_1, 2: _from_2, 3: _from_3, 4: _from_4}

    name: str
    kind: Kind
    architecture: str
    parameters: int
    created: str
    """UTC, ISO 8601; empty if unknown."""
    command: str = ""
    config: TrainConfig | FineTuneConfig | CompressConfig | FederateConfig | FederateServeConfig | None = None
    training_data: TrainingData | None = None
    fine_tuning_data: FineTuningData | None = None
    federated_data: FederatedData | None = None
    compression: Compression | None = None
    """Of a compressed model."""
    shapes: Shapes | None = None
    inputs: Inputs | None = None
    """How an imported network gets its images."""
    predicts_only: bool = False
    """Whether it was imported from an ONNX file, so that there is nothing to train on."""
    figures: Figures = Figures()
    sources: str = ""
    """Markdown: the data whose licences ask for attribution. A tuned model has those of its initial model."""
    digit_score: bool = False
    """Whether the network has a second output, because it learned from outliers."""
    digit_threshold: float | None = None
    """An image whose `Outputs.digit_scores` is below this is "not a digit"."""
    base: str | None = None
    """The id of the model that was tuned, federated or compressed, or whose weights the training started from."""
    initial_weights: str | None = None
    """For a fine-tuned model, the id of the ancestor whose weights the fine-tuning started from."""
    run: str | None = None
    usable: bool = True
    """False if an imported model's input or output is not that of a digit model: it is shown but not used."""

    @field_validator("created")
    @classmethod
    def _is_a_moment(cls, created: str) -> str:
        if created:
            datetime.fromisoformat(created)
        return created

    def was_trained_on(self, dataset: str) -> bool:
        """Whether a training of it used this data set, as `datasets.settled` calls it."""
        if isinstance(self.config, CompressConfig):
            return bool(self.figures.epochs) and self.config.dataset == dataset
        return isinstance(self.config, TrainConfig) and self.config.dataset == dataset

    @property
    def stopped_after(self) -> int | None:
        """After how many epochs a person stopped its training; None if that went on to its end."""
        if not isinstance(self.config, TrainConfig) or self.config.early_stopping or self.figures.epochs is None:
            return None
        return self.figures.epochs if self.figures.epochs < self.config.epochs else None

    @property
    def is_int8(self) -> bool:
        """Whether its ONNX file is in int8."""
        return self.compression is not None and self.compression.point.is_int8

    @property
    def made_in(self) -> str | None:
        """What has made one model only: its run, or one point of its run. None if no run has made it."""
        return f"{self.run}/{self.compression.point.key}" if self.run and self.compression else self.run

    @property
    def kind_text(self) -> Text:
        """What people call its kind."""
        return _(KINDS[self.kind])

    @property
    def mnist_test_accuracy(self) -> float | None:
        """Accuracy on MNIST's test set; None if it was not measured, as after training on other data."""
        on_mnist = (self.training_data and self.training_data.name == "mnist") or (
            (tuned := self.fine_tuning_data or self.federated_data) and tuned.replayed == "mnist"
        )
        return self.figures.test_accuracy if on_mnist else None

    @property
    def test(self) -> Accuracy | None:
        """How many test images it predicts correctly; None if that was not measured."""
        if self.figures.test_accuracy is None:
            return None
        count = self.training_data.tested_on if self.training_data else MNIST_TEST_IMAGES
        return Accuracy(round(self.figures.test_accuracy * count), count)

    @property
    def measured(self) -> Text:
        """`tested` or, without a test set, the accuracy on the drawings of its fine-tuning; empty if there is none."""
        if self.tested or (accuracy := self.figures.drawings_after) is None:
            return self.tested
        return _("{accuracy:.0%} on your drawings", accuracy=accuracy)

    @property
    def tested_or_tried(self) -> Text:
        """`tested` or, of an imported model, the accuracy that was measured at its import; empty if there is none."""
        if self.tested or self.inputs is None:
            return self.tested
        return _("{accuracy:.1%} at import", accuracy=self.inputs.accuracy)

    @property
    def tested(self) -> Text:
        """The accuracy on its test set, and which set that is; empty if there is none."""
        accuracy = self.figures.test_accuracy
        if accuracy is None:
            return Text("")
        if self.mnist_test_accuracy is None and self.training_data is None:
            return _("{accuracy:.2%} on its test set", accuracy=accuracy)
        named = self.training_data.title if self.training_data else "MNIST"
        return _("{accuracy:.2%} on {dataset}", accuracy=accuracy, dataset=named)
