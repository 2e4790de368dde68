"""Import a file's drawings: labelled ones go to the collection, the others into the review queue."""

from collections.abc import Sequence
from dataclasses import dataclass

from mnist_core.collection import review_queue
from mnist_core.collection.drawing import Drawing
from mnist_core.collection.drawings import DrawingStore
from mnist_core.collection.review_queue import ReviewQueue
from mnist_core.common.text import were
from mnist_core.common.workspace import Workspace
from mnist_core.models.predictor import Predictor
from mnist_core.models.registry import Registry


@dataclass(frozen=True)
class Imported:
    """How many of a file's drawings went where."""

    added: int
    known: int
    """Labelled drawings that the collection has already."""
    unlabelled: int
    queued: int

    def __str__(self) -> str:
        sentence = f"{were(self.added, 'drawing')} added; already there: {self.known:,}."
        if not self.unlabelled:
            return sentence
        return (
            f"{sentence} Without a label: {self.unlabelled:,}. {self.queued:,} of them are in the review queue on the "
            "Fine-tune page, where you can label them. The queue leaves out empty drawings, known drawings and, if it "
            "is full, those with the most certain predictions."
        )


def import_drawings(drawings: Sequence[Drawing], workspace: Workspace) -> Imported:
    """Add the drawings that are new; the active model predicts the unlabelled ones."""
    unlabelled = [drawing for drawing in drawings if drawing.label is None]
    predicted = _predicted(unlabelled, workspace) if unlabelled else []
    added, known = DrawingStore(workspace).add_new(drawing for drawing in drawings if drawing.label is not None)
    queued = ReviewQueue(workspace).add(predicted)  # even if there are none: a waiting drawing may have got its label
    return Imported(len(added), known, len(unlabelled), queued)


def _predicted(drawings: Sequence[Drawing], workspace: Workspace) -> list[Drawing]:
    model = Registry(workspace).active()
    return review_queue.predicted(drawings, Predictor.of(model, threads=0), model.id)
