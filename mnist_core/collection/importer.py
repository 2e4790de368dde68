"""Import a file's drawings: labelled ones go to the collection, the others into the review queue."""

from collections.abc import Sequence
from dataclasses import dataclass

from mnist_core.collection import review_queue
from mnist_core.collection.drawing import Drawing, batches
from mnist_core.collection.drawings import DrawingStore
from mnist_core.collection.review_queue import Queued, ReviewQueue
from mnist_core.common.language import Text, _, listed, n_, sentences
from mnist_core.common.workspace import Workspace
from mnist_core.models.predictor import Predictor
from mnist_core.models.registry import Registry


@dataclass(frozen=True)
class Imported:
    """What happened to a file's drawings, in numbers."""

    added: int
    known: int
    """Labelled drawings that the collection had already."""
    unlabelled: int
    queue: Queued
    """What became of the drawings without a label."""
    empty: int
    """Drawings without a label in which the model sees nothing."""

    @property
    def queued(self) -> int:
        """How many drawings wait now and did not before."""
        return self.queue.new

    @property
    def summary(self) -> Text:
        """These numbers in sentences."""
        labelled = n_(
            "{n} drawing added; already there: {known:,}.",
            "{n:,} drawings added; already there: {known:,}.",
            self.added,
            known=self.known,
        )
        if not self.unlabelled:
            return labelled
        without = n_("{n} drawing has no label.", "{n:,} drawings have no label.", self.unlabelled)
        waiting = n_(
            "{n} is in the review queue on the Fine-tune page, where you can label it.",
            "{n:,} are in the review queue on the Fine-tune page, where you can label them.",
            self.queued,
        )
        left_out = [text for count, text in self._reasons() if count]
        rest = [_("Left out: {reasons}.", reasons=listed(left_out))] if left_out else []
        return sentences([labelled, without, waiting, *rest])

    def _reasons(self) -> list[tuple[int, Text]]:
        """How many drawings without a label do not wait anew, and why."""
        queue = self.queue
        return [
            (queue.waiting, _("{n:,} already waiting", n=queue.waiting)),
            (queue.collected, _("{n:,} already collected", n=queue.collected)),
            (self.empty, _("{n:,} without a digit", n=self.empty)),
            (queue.certain, _("{n:,} with the surest predictions, because the queue is full", n=queue.certain)),
        ]


def import_drawings(drawings: Sequence[Drawing], workspace: Workspace) -> Imported:
    """Add the drawings that are new; the active model predicts the unlabelled ones."""
    unlabelled = [drawing for drawing in drawings if drawing.label is None]
    predicted = _predicted(unlabelled, workspace) if unlabelled else []
    added, known = DrawingStore(workspace).add_new(drawing for drawing in drawings if drawing.label is not None)
    queued = ReviewQueue(workspace).take_in(predicted)  # even if none: the new labels may concern waiting drawings
    return Imported(len(added), known, len(unlabelled), queued, len(unlabelled) - len(predicted))


@dataclass(frozen=True)
class Compared:
    """Labels beside the active model's predictions."""

    predictions: tuple[int | None, ...]
    """For each drawing; None if it has no label."""
    contradicted: int
    labelled: int

    @property
    def text(self) -> Text:
        """How many labels the model contradicts, in a sentence; empty if none."""
        if not self.contradicted:
            return Text("")
        return _(
            "The model predicts another digit for {n:,} of {count:,}: look at the pictures.",
            n=self.contradicted,
            count=self.labelled,
        )


def compare(drawings: Sequence[Drawing], workspace: Workspace) -> Compared:
    """What the active model predicts for drawings with labels."""
    labelled = [place for place, each in enumerate(drawings) if each.label is not None]
    digits: list[int] = []
    if labelled:
        predictor = Predictor.of(Registry(workspace).active(), threads=0)
        for _some, images in batches([drawings[place] for place in labelled]):
            digits += predictor.probabilities(images).argmax(axis=1).tolist()
    predictions: list[int | None] = [None] * len(drawings)
    for place, digit in zip(labelled, digits, strict=True):
        predictions[place] = digit
    contradicted = sum(p not in (None, each.label) for p, each in zip(predictions, drawings, strict=True))
    return Compared(tuple(predictions), contradicted, len(labelled))


def _predicted(drawings: Sequence[Drawing], workspace: Workspace) -> list[Drawing]:
    model = Registry(workspace).active()
    return review_queue.predicted(drawings, Predictor.of(model, threads=0), model.id)
