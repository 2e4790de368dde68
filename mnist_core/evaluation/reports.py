"""A job's result: the report in its run's folder, which pages and commands show."""

from typing import Any, ClassVar, Literal

from mnist_core.common.language import N_, Text
from mnist_core.common.records import Converter, Part, Record, Values
from mnist_core.config.search import Objective
from mnist_core.evaluation.compression import CompressedPoint, Score
from mnist_core.evaluation.federated import ClientScores, RoundFigures
from mnist_core.evaluation.search import Trial

Replayed = Literal["mnist", "synthetic"]
"""What a replay buffer holds."""
Tried = Literal["mnist", "synthetic"]
"""The images that an exported file is compared on."""
TRIED_IMAGES: dict[str, str] = {
    "mnist": N_("Measured on {count:,} of MNIST's test images."),
    "synthetic": N_("Measured on {count:,} synthetic digits."),
}
"""Images → the sentence about them."""


class Report(Record):
    """What every job reports at its end."""

    total_seconds: float
    model: str | None = None
    """The name of the model that it registered, if it did."""
    model_id: str | None = None
    stopped: bool = False
    """Whether a person stopped it early."""


def _train_from_1(values: Values) -> Values:
    """Version 0.1 wrote whole numbers as floats."""
    return values | {"best_epoch": int(values["best_epoch"]), "epochs": int(values["epochs"])}


def _sentences(values: Values) -> Values:
    """Format 2 has plain sentences. They are texts, too: those that this version does not know stay in English."""
    return values


class TrainReport(Report):
    """A training from scratch."""

    FORMAT: ClassVar[int] = 3
    CONVERTERS: ClassVar[dict[int, Converter]] = {1: _train_from_1, 2: _sentences}

    model: str
    model_id: str
    test_accuracy: float
    validation_accuracy: float
    onnx_difference: float | None
    """The largest difference of a logit between the two files; None where the model has no ONNX file."""
    best_epoch: int
    epochs: int
    fit_seconds: float
    device: str
    warnings: list[Text]
    seed: int


class LabelIssue(Part):
    """A drawing of the fine-tuning set, by its index, whose label is probably wrong."""

    index: int
    label: int
    digit: int
    """What the models predict."""


class Change(Part):
    """A judged drawing, by its index, whose prediction changed."""

    drawing: int
    label: int
    before: int
    after: int


class LearningPoint(Part):
    """Drawings that a network had not learned, judged after it had learned this many others."""

    drawings: int
    judged: int
    right: int

    @property
    def wrong(self) -> int:
        return self.judged - self.right

    @property
    def share(self) -> float:
        """The share of correct predictions."""
        return self.right / self.judged


def _fine_tune_from_1(values: Values) -> Values:
    """Version 0.1: label issues were suspects, held-out images were kept ones, synthetic digits were generated."""
    for old, new in (
        ("suspects", "label_issues"),
        ("kept_images", "held_out_images"),
        ("kept_became_wrong", "held_out_became_wrong"),
        ("kept_became_right", "held_out_became_right"),
    ):
        values[new] = values.pop(old)
    if values["replayed"] == "generated digits":
        values["replayed"] = "synthetic"
    return values


def _without_learning_curve(values: Values) -> Values:
    """Format 3 has none, and an empty one is the default."""
    return values


class FineTuneReport(Report):
    """A fine-tuning. Shares lie between 0 and 1, drops are percentage points; indices are those of learned.jsonl."""

    FORMAT: ClassVar[int] = 4
    CONVERTERS: ClassVar[dict[int, Converter]] = {1: _fine_tune_from_1, 2: _sentences, 3: _without_learning_curve}

    accepted: bool
    reason: Text
    """Why it was not accepted; empty if it was."""
    alpha: float
    base: str
    base_id: str
    root: str
    started_from: str
    drawings: int
    earlier: int
    """How many of the drawings an earlier fine-tuning had learned."""
    learned: int
    learned_right: int | None = None
    """How many of the learned drawings are predicted correctly; reports of early versions do not say."""
    label_issues: list[LabelIssue]
    compared_with: str
    """The model whose predictions are "before"."""
    judged: int
    only_mistakes: bool
    known_by_heart: bool
    """Whether the base has learned every judged drawing."""
    drawings_right_before: int
    drawings_right_after: int
    drawings_before: float
    drawings_after: float
    p_value: float
    changed: list[Change]
    learning_curve: tuple[LearningPoint, ...] = ()
    """Empty if the drawings are too few, or the base misclassifies hardly any."""
    replayed: Replayed
    held_out_images: int
    held_out_became_wrong: int
    held_out_became_right: int
    greatest_drop: float
    allowed_drop: float
    mnist_before: float | None
    mnist_after: float | None
    test_accuracy: float | None
    epochs: int
    fit_seconds: float
    seed: int
    warnings: tuple[Text, ...] = ()

    @property
    def gained(self) -> bool:
        """Whether the model is worth keeping: it is accepted, and predicts more of the judged drawings correctly."""
        return self.accepted and self.drawings_right_after > self.drawings_right_before


class LearningRateReport(Report):
    """A learning-rate range test."""

    suggested_learning_rate: float
    device: str


class OnnxReport(Report):
    """Making the ONNX file of a model."""

    onnx_difference: float
    """The largest difference of a logit between the two files."""


class ExportedFile(Part):
    """A file that was made of a model, opened in its own runtime, and compared with the model."""

    format: str
    """Its key in `models/export_formats.py`."""
    file: str
    """Its name."""
    bytes: int
    runtime: str
    """What opened it, with its version."""
    difference: float
    """The largest difference of a probability from the model's own."""
    agreement: float
    """The share of images for which it predicts the model's digit."""
    accuracy: float
    model_accuracy: float
    """That of the model, on the same images."""
    refused: float | None
    """The share of other images, non-digits, that are "not a digit"; None if the model has no threshold."""
    model_refused: float | None
    milliseconds: float | None
    """For one image, on one core; None for a page where there is no Node.js."""
    images: Tried
    count: int
    """Of the images."""


class NotExported(Part):
    """A format that a model could not be exported to."""

    format: str
    reason: Text


class ExportReport(Report):
    """Making a model's files for other programs."""

    exported: str
    """The id of the model."""
    files: tuple[ExportedFile, ...]
    failed: tuple[NotExported, ...]


class CompressReport(Report):
    """Making a model smaller: the model itself, and each compressed one."""

    base: str
    """The name of the model."""
    base_id: str
    dataset: str
    """The name of the data set whose images measured the points."""
    points: tuple[CompressedPoint, ...]
    """The first is the model itself. Each other one can be kept (`jobs/points.py`)."""
    warnings: tuple[Text, ...] = ()
    fit_seconds: float = 0.0
    device: str = ""
    seed: int


class SearchReport(Report):
    """A search for settings."""

    objective: Objective
    dataset: str
    """The name of the data set."""
    trials: tuple[Trial, ...]
    best: tuple[int, ...]
    """The number of the best trial; with two objectives those of the Pareto front, the most accurate first."""
    importances: dict[str, float]
    """Setting → its share of the influence on the objective; empty if the trials are too few."""
    device: str
    seed: int

    def trial(self, number: int) -> Trial:
        """The trial of this number."""
        return next(trial for trial in self.trials if trial.number == number)


class FederateReport(Report):
    """A federated model: what each client gained, and what MNIST lost."""

    base: str
    """The name of the model that it began with."""
    base_id: str
    clients: tuple[ClientScores, ...]
    rounds: tuple[RoundFigures, ...]
    replayed: Replayed
    validation_before: Score
    """On held-out images that no client learned."""
    validation_after: Score
    greatest_drop: float
    """Percentage points of validation accuracy, with 95% confidence."""
    allowed_drop: float
    accepted: bool
    """Whether the drop is allowed and the clients' mean accuracy is no lower than before."""
    mnist_before: float | None = None
    mnist_after: float | None = None
    test_accuracy: float | None = None
    """The same as `mnist_after`, as in the reports of other kinds."""
    sent_bytes: int
    """What one client sends in one round."""
    epsilon: float | None = None
    """Of the differential privacy of the model's weights at `delta`; None without noise."""
    delta: float | None = None
    fit_seconds: float
    device: str
    warnings: tuple[Text, ...] = ()
    seed: int


def as_json(report: Report) -> dict[str, Any]:
    """For programs: the fields, texts as strings, and the fields of version 0.1 under their old names."""
    values = report.values()
    if isinstance(report, TrainReport | FineTuneReport | CompressReport | FederateReport):
        values["warnings"] = list(report.warnings)
    if isinstance(report, FineTuneReport):
        values |= {
            "reason": report.reason,
            "suspects": values["label_issues"],
            "kept_images": report.held_out_images,
            "kept_became_wrong": report.held_out_became_wrong,
            "kept_became_right": report.held_out_became_right,
        }
    return values
