"""What becomes of a file's digits."""

import json

import numpy as np

from mnist_core.collection import file_formats
from mnist_core.collection.drawings import DrawingStore
from mnist_core.collection.importer import Intake, take_in
from mnist_core.collection.review_queue import ReviewQueue
from mnist_core.common.workspace import Workspace
from mnist_core.data.synthetic import write


def lines(labels: dict[int, int | None]) -> list[file_formats.Item]:
    """Written digits; for each its label in the file, or None."""
    drawn = {digit: write(digit, np.random.default_rng(digit)) for digit in labels}
    named = [
        {"strokes": drawn[digit]} if label is None else {"strokes": drawn[digit], "digit": label}
        for digit, label in labels.items()
    ]
    return file_formats.parse("d.jsonl", "\n".join(map(json.dumps, named)).encode())


def test_labelled_ones_are_collected_and_others_wait(workspace: Workspace) -> None:
    """Each at its place, read by the loaded model; the sentence says how many."""
    taken = take_in(lines({1: 1, 2: None, 3: None}), workspace)
    assert taken == Intake(added=1, known=0, without_label=2, queued=2)
    assert "Without a label: 2. 2 of them now wait on the Fine-tune page" in str(taken)
    assert [each.label for each in DrawingStore(workspace).all()] == [1]
    assert sorted(each.prediction for each in ReviewQueue(workspace).next(8)) == [2, 3]


def test_the_same_file_again_brings_nothing(workspace: Workspace) -> None:
    """What was labelled meanwhile does not wait again."""
    items = lines({1: 1, 2: None, 3: None})
    take_in(items, workspace)
    queue = ReviewQueue(workspace)
    queue.label(1, 2)
    assert take_in(items, workspace) == Intake(added=0, known=1, without_label=2, queued=0)
    assert queue.count() == 1


def test_a_label_that_comes_later_ends_the_waiting(workspace: Workspace) -> None:
    """The same drawing with a label in another file is collected, and nobody is asked about it any more."""
    take_in(lines({2: None}), workspace)
    taken = take_in(lines({2: 2}), workspace)
    assert str(taken) == "1 drawing was added; there already: 0."
    assert ReviewQueue(workspace).count() == 0


def test_a_file_without_digits(workspace: Workspace) -> None:
    """Nothing is added."""
    assert take_in([], workspace) == Intake(0, 0, 0, 0)
