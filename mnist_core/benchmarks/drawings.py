"""How a model reads the drawings of several writers."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mnist_core.collection.file_formats import Item
from mnist_core.evaluation import metrics
from mnist_core.models.predictor import Predictor
from mnist_core.models.registry import Model


@dataclass(frozen=True)
class DrawingBench:
    """How one model reads labelled drawings of several writers."""

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


def read_drawings(items: Sequence[Item], model: Model) -> DrawingBench:
    """Read every labelled drawing with the model."""
    known = [item for item in items if item.label is not None]
    images = np.stack([item.image for item in known])
    predictions = Predictor(model.onnx, threads=0).logits(images).argmax(axis=1)
    labels = np.array([item.label for item in known], np.uint8)
    return DrawingBench(model, labels, np.array([item.writer or "–" for item in known]), predictions)


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
        f"read right (95 % interval {low:.2%} to {high:.2%}).",
        f"- The worst read writer is number {worst}: {bench.of_writer(worst).share:.1%}.",
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
