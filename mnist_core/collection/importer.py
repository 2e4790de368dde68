"""The digits of a file: the labelled ones go to the collection, the others into the review queue."""

from collections.abc import Sequence
from dataclasses import dataclass

from mnist_core.collection import review_queue
from mnist_core.collection.drawings import DrawingStore
from mnist_core.collection.file_formats import Item, labelled
from mnist_core.collection.review_queue import ReviewQueue, Unlabelled
from mnist_core.common.text import were
from mnist_core.common.workspace import Workspace
from mnist_core.models.predictor import Predictor
from mnist_core.models.registry import Registry


@dataclass(frozen=True)
class Intake:
    """What became of a file's digits."""

    added: int
    known: int
    without_label: int
    queued: int

    def __str__(self) -> str:
        sentence = f"{were(self.added, 'drawing')} added; there already: {self.known:,}."
        if not self.without_label:
            return sentence
        return (
            f"{sentence} Without a label: {self.without_label:,}. {self.queued:,} of them now wait on the Fine-tune "
            "page, where you can say what they are. Left out: empty ones, known ones, and of very many the surest."
        )


def take_in(items: Sequence[Item], workspace: Workspace) -> Intake:
    """Add what is new of a file."""
    nameless = [item for item in items if item.label is None]
    read = _read(nameless, workspace) if nameless else []
    named = labelled([item for item in items if item.label is not None], "the file")
    added, known = DrawingStore(workspace).add_new(named)
    queued = ReviewQueue(workspace).add(read)  # also when there are none: a label may have come for one that waits
    return Intake(len(added), known, len(nameless), queued)


def _read(items: Sequence[Item], workspace: Workspace) -> list[Unlabelled]:
    model = Registry(workspace).active()
    contents = [(item.strokes, item.bitmap) for item in items]
    return review_queue.read(contents, Predictor(model.onnx, threads=0), model.id)
