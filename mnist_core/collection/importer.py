"""Import a file's drawings: labelled ones go to the collection, the others into the review queue."""

from collections.abc import Sequence
from dataclasses import dataclass

from mnist_core.collection import review_queue
from mnist_core.collection.drawing import Drawing
from mnist_core.collection.drawings import DrawingStore
from mnist_core.collection.review_queue import ReviewQueue
from mnist_core.common.language import Text, _, n_, sentences
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
    queued: int

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
        if self.queued == self.unlabelled:
            return sentences([labelled, without, waiting])
        rest = _(
            "The queue leaves out empty drawings, known drawings and, if it is full, those with the most certain "
            "predictions."
        )
        return sentences([labelled, without, waiting, rest])


def import_drawings(drawings: Sequence[Drawing], workspace: Workspace) -> Imported:
    """Add the drawings that are new; the active model predicts the unlabelled ones."""
    unlabelled = [drawing for drawing in drawings if drawing.label is None]
    predicted = _predicted(unlabelled, workspace) if unlabelled else []
    added, known = DrawingStore(workspace).add_new(drawing for drawing in drawings if drawing.label is not None)
    queued = ReviewQueue(workspace).add(
        predicted
    )  # even if there are none: the new labels may concern waiting drawings
    return Imported(len(added), known, len(unlabelled), queued)


def _predicted(drawings: Sequence[Drawing], workspace: Workspace) -> list[Drawing]:
    model = Registry(workspace).active()
    return review_queue.predicted(drawings, Predictor.of(model, threads=0), model.id)
