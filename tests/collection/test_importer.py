"""Where a file's drawings go."""

import json

import numpy as np

from mnist_core.collection import file_formats
from mnist_core.collection.drawing import Drawing
from mnist_core.collection.drawings import DrawingStore
from mnist_core.collection.importer import Imported, import_drawings
from mnist_core.collection.review_queue import ReviewQueue
from mnist_core.common.workspace import Workspace
from mnist_core.data.synthetic import write


def lines(labels: dict[int, int | None]) -> list[Drawing]:
    """Written digits; for each its label in the file, or None."""
    drawn = {digit: write(digit, np.random.default_rng(digit)) for digit in labels}
    named = [
        {"strokes": drawn[digit]} if label is None else {"strokes": drawn[digit], "digit": label}
        for digit, label in labels.items()
    ]
    return file_formats.parse("d.jsonl", "\n".join(map(json.dumps, named)).encode())


def test_labelled_ones_are_collected_and_others_wait(workspace: Workspace) -> None:
    """The active model predicts the unlabelled ones; the sentence says how many there are of each."""
    imported = import_drawings(lines({1: 1, 2: None, 3: None}), workspace)
    assert imported == Imported(added=1, known=0, unlabelled=2, queued=2)
    waiting = "2 are in the review queue on the Fine-tune page, where you can label them."
    assert imported.summary == f"1 drawing added; already there: 0. 2 drawings have no label. {waiting}"
    assert [each.label for each in DrawingStore(workspace).all()] == [1]
    assert sorted(each.prediction for each in ReviewQueue(workspace).next(8)) == [2, 3]


def test_the_same_file_again_brings_nothing(workspace: Workspace) -> None:
    """A drawing that was labelled in between does not wait again."""
    drawings = lines({1: 1, 2: None, 3: None})
    import_drawings(drawings, workspace)
    queue = ReviewQueue(workspace)
    queue.label(1, 2)
    again = import_drawings(drawings, workspace)
    assert again == Imported(added=0, known=1, unlabelled=2, queued=0)
    assert "The queue leaves out empty drawings, known drawings" in again.summary
    assert queue.count() == 1


def test_one_drawing_is_told_in_the_singular() -> None:
    summary = Imported(added=0, known=0, unlabelled=1, queued=1).summary
    assert "1 drawing has no label. 1 is in the review queue on the Fine-tune page, where you can label it." in summary


def test_a_label_that_comes_later_ends_the_waiting(workspace: Workspace) -> None:
    """A drawing that waits is collected when another file has its label, and no longer waits."""
    import_drawings(lines({2: None}), workspace)
    imported = import_drawings(lines({2: 2}), workspace)
    assert imported.summary == "1 drawing added; already there: 0."
    assert ReviewQueue(workspace).count() == 0


def test_a_file_without_digits(workspace: Workspace) -> None:
    """Nothing is added."""
    assert import_drawings([], workspace) == Imported(0, 0, 0, 0)
