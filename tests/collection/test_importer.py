"""Where a file's drawings go."""

import json

import numpy as np
import pytest

from mnist_core.collection import file_formats, review_queue
from mnist_core.collection.drawing import Drawing
from mnist_core.collection.drawings import DrawingStore
from mnist_core.collection.importer import Imported, compare, import_drawings
from mnist_core.collection.review_queue import Queued, ReviewQueue
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
    assert imported == Imported(1, 0, 2, Queued(2, 0, 0, 0), 0)
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
    assert again == Imported(0, 1, 2, Queued(0, 1, 1, 0), 0)
    assert "Left out: 1 already waiting, 1 already collected." in again.summary
    assert queue.count() == 1


def test_one_drawing_is_told_in_the_singular() -> None:
    summary = Imported(0, 0, 1, Queued(1, 0, 0, 0), 0).summary
    assert "1 drawing has no label. 1 is in the review queue on the Fine-tune page, where you can label it." in summary


def test_a_label_that_comes_later_ends_the_waiting(workspace: Workspace) -> None:
    """A drawing that waits is collected when another file has its label, and no longer waits."""
    import_drawings(lines({2: None}), workspace)
    imported = import_drawings(lines({2: 2}), workspace)
    assert imported.summary == "1 drawing added; already there: 0."
    assert ReviewQueue(workspace).count() == 0


def test_each_reason_is_told(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Why a drawing without a label does not wait; twice in a file counts as waiting already."""
    monkeypatch.setattr(review_queue, "KEPT", 2)
    empty = Drawing(None, bitmap=np.zeros((28, 28), np.uint8))
    given = lines({1: None, 2: None, 3: None, 4: None})
    imported = import_drawings([*given, given[0], empty], workspace)
    assert imported == Imported(0, 0, 6, Queued(2, 1, 0, 2), 1)
    reasons = "1 already waiting, 1 without a digit, 2 with the surest predictions, because the queue is full"
    assert imported.summary.endswith(f"Left out: {reasons}.")


def test_labels_are_compared_with_predictions(workspace: Workspace) -> None:
    """Wrong ones are counted; a drawing without a label has no prediction."""
    compared = compare(lines({1: 1, 2: 5, 3: None}), workspace)
    assert compared.predictions == (1, 2, None)
    assert compared.text == "The model predicts another digit for 1 of 2: look at the pictures."
    assert not compare(lines({1: 1}), workspace).text


def test_a_file_without_digits(workspace: Workspace) -> None:
    """Nothing is added."""
    assert import_drawings([], workspace) == Imported(0, 0, 0, Queued(0, 0, 0, 0), 0)
