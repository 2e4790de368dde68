"""A model's accuracy on the drawings of several writers."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mnist_core.collection.drawing import Drawing, images, labels
from mnist_core.evaluation import metrics
from mnist_core.models.model import Model
from mnist_core.models.predictor import Predictor


@dataclass(frozen=True)
class DrawingBench:
    """One model's predictions of labelled drawings of several writers."""

    model: Model
    labels: npt.NDArray[np.uint8]
    writers: npt.NDArray[np.str_]
    predictions: npt.NDArray[np.int64]

    @property
    def accuracy(self) -> metrics.Accuracy:
        return metrics.accuracy(self.labels, self.predictions)

    def of_digit(self, digit: int) -> metrics.Accuracy:
        return self._where(self.labels == digit)

    def of_writer(self, writer: str) -> metrics.Accuracy:
        return self._where(self.writers == writer)

    def _where(self, chosen: npt.NDArray[np.bool_]) -> metrics.Accuracy:
        return metrics.accuracy(self.labels[chosen], self.predictions[chosen])


def predict_drawings(drawings: Sequence[Drawing], model: Model) -> DrawingBench:
    """Predict every labelled drawing with the model."""
    known = [drawing for drawing in drawings if drawing.label is not None]
    predictions = Predictor.of(model, threads=0).logits(images(known)).argmax(axis=1)
    writers = np.array([drawing.writer or "–" for drawing in known])
    return DrawingBench(model, labels(known), writers, predictions)


def as_markdown(bench: DrawingBench, command: str) -> str:
    """The figures as tables: all, by digit, by writer."""
    low, high = bench.accuracy.interval
    test = bench.model.card.figures.test_accuracy
    writers = sorted(set(bench.writers), key=lambda writer: (len(writer), writer))
    worst = min(writers, key=lambda writer: bench.of_writer(writer).share)
    lines = [
        f"# {bench.model.name}, on drawings",
        "",
        f"Written by `{command}`; do not edit.",
        "",
        f"- **{bench.accuracy.share:.2%}** of {bench.accuracy.count:,} drawings by {len(writers)} writers are "
        f"predicted correctly (95% confidence interval {low:.2%} to {high:.2%}).",
        f"- The writer with the lowest accuracy is number {worst}: {bench.of_writer(worst).share:.1%}.",
        *([f"- On MNIST's test set: {test:.2%}."] if test is not None else []),
        f"- Trained with `{bench.model.card.command}`.",
        "",
        "| digit | right | of | share |",
        "|---|---|---|---|",
        *(_row(str(digit), bench.of_digit(digit)) for digit in range(10)),
        "",
        "| writer | right | of | share |",
        "|---|---|---|---|",
        *(_row(writer, bench.of_writer(writer)) for writer in writers),
        "",
    ]
    return "\n".join(lines)


def _row(name: str, accuracy: metrics.Accuracy) -> str:
    return f"| {name} | {accuracy.right} | {accuracy.count} | {accuracy.share:.1%} |"
