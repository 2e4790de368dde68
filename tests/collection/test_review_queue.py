"""Drawings that wait for a label, in a real database."""

import sqlite3

import numpy as np
import pytest

from mnist_core.collection import review_queue
from mnist_core.collection.drawing import Drawing
from mnist_core.collection.drawings import DrawingStore
from mnist_core.collection.review_queue import ALIKE, LEAST_CERTAIN, ReviewQueue
from mnist_core.common import database
from mnist_core.common.errors import InputError
from mnist_core.common.workspace import Workspace
from mnist_core.data.synthetic import write
from mnist_core.models.predictor import Predictor
from mnist_core.models.registry import shipped


@pytest.fixture
def queue(workspace: Workspace) -> ReviewQueue:
    return ReviewQueue(workspace)


@pytest.fixture
def store(workspace: Workspace) -> DrawingStore:
    return DrawingStore(workspace)


def unsure(margin: float, prediction: int = 4, *, content: float | None = None) -> Drawing:
    """A line; two drawings are the same if `content` is."""
    length = margin if content is None else content
    return Drawing(None, [[(0.0, 0.0), (1.0, length)]], None, prediction, 0.5, "m", margin=margin)


def margins(waiting: list[Drawing]) -> list[float | None]:
    return [each.margin for each in waiting]


def test_the_least_certain_comes_first(queue: ReviewQueue) -> None:
    """By the margin, whatever the order of arrival; the whole prediction comes back."""
    assert queue.add([unsure(0.3, 1), unsure(0.1, 2), unsure(0.2, 3)]) == 3
    waiting = queue.next(2)
    assert margins(waiting) == [0.1, 0.2]
    first = waiting[0]
    assert (first.prediction, first.probability, first.model_id, first.bitmap) == (2, 0.5, "m", None)
    assert [[tuple(point) for point in stroke] for stroke in first.strokes or []] == [[(0.0, 0.0), (1.0, 0.1)]]
    assert queue.count() == 3


def test_bitmaps_wait_too(queue: ReviewQueue, store: DrawingStore) -> None:
    """And keep their pixels when they are labelled."""
    bitmap = np.random.default_rng(0).integers(0, 256, (28, 28)).astype(np.uint8)
    queue.add([Drawing(None, None, bitmap, 4, 0.5, "m", margin=0.1)])
    (waiting,) = queue.next(8)
    np.testing.assert_array_equal(waiting.image, bitmap)
    assert waiting.id is not None
    queue.label(waiting.id, 9)
    np.testing.assert_array_equal(store.all()[0].image, bitmap)


def test_those_that_are_shown_differ(queue: ReviewQueue) -> None:
    """At most three have the same prediction, even if those are the least certain."""
    queue.add([unsure(n / 100, 4) for n in range(10)] + [unsure(0.5 + n / 100, 9) for n in range(10)])
    waiting = queue.next(8)
    assert [each.prediction for each in waiting] == [4] * ALIKE + [9] * ALIKE
    assert [each.margin for each in waiting] == pytest.approx([0.0, 0.01, 0.02, 0.5, 0.51, 0.52])


def test_the_same_drawing_waits_once(queue: ReviewQueue, store: DrawingStore) -> None:
    """In one lot, in two, and not at all once it is in the collection; deleted from there it may come again."""
    assert queue.add([unsure(0.1, content=7.0), unsure(0.2, content=7.0)]) == 1
    assert queue.add([unsure(0.1, content=7.0), unsure(0.1, content=8.0)]) == 1
    first = queue.next(8)[0]
    assert first.id is not None
    collected = queue.label(first.id, 1)
    assert queue.add([unsure(0.1, content=7.0)]) == 0
    store.delete([collected])
    assert queue.add([unsure(0.1, content=7.0)]) == 1


def test_what_is_collected_meanwhile_waits_no_longer(queue: ReviewQueue, store: DrawingStore) -> None:
    """The next addition, even of nothing, finds it out."""
    queue.add([unsure(0.1, content=7.0)])
    store.add([Drawing(7, [[(0.0, 0.0), (1.0, 7.0)]])])
    assert queue.add([]) == 0
    assert queue.count() == 0


def test_the_most_certain_are_dropped(queue: ReviewQueue, monkeypatch: pytest.MonkeyPatch) -> None:
    """The queue is bounded, and keeps those that would be asked about first."""
    monkeypatch.setattr(review_queue, "KEPT", 3)
    assert queue.add([unsure(n / 10, n) for n in range(5)]) == 3
    assert queue.add([unsure(0.15, 8), unsure(0.9, 9)]) == 1
    assert margins(queue.next(8)) == [0.0, 0.1, 0.15]
    assert queue.count() == 3


def test_a_label_moves_the_drawing(queue: ReviewQueue, store: DrawingStore) -> None:
    """It is in the collection with its prediction, and no longer waits; a second label is an InputError."""
    queue.add([unsure(0.1)])
    (waiting,) = queue.next(8)
    assert waiting.id is not None
    moved = queue.label(waiting.id, 9)
    (drawing,) = store.all()
    assert drawing.id == moved
    assert (drawing.label, drawing.prediction, drawing.probability, drawing.model_id) == (9, 4, 0.5, "m")
    assert drawing.sha256 == Drawing(None, waiting.strokes).sha256
    assert queue.count() == 0
    with pytest.raises(InputError, match="already"):
        queue.label(waiting.id, 9)
    assert len(store.all()) == 1


def test_a_label_moves_all_or_nothing(
    queue: ReviewQueue, store: DrawingStore, monkeypatch: pytest.MonkeyPatch, workspace: Workspace
) -> None:
    """Refused half-way, the drawing waits as before; it is never in both places, nor in none."""
    queue.add([unsure(0.1)])
    with database.transaction(workspace) as connection:
        connection.execute("CREATE TRIGGER refuse BEFORE DELETE ON unlabelled BEGIN SELECT raise(ABORT, 'no') ; END")
    with pytest.raises(sqlite3.IntegrityError):
        queue.label(1, 9)
    with pytest.raises(sqlite3.IntegrityError):
        queue.label(1, 10)
    assert store.all() == []
    assert queue.count() == 1


def test_what_is_dropped_is_gone(queue: ReviewQueue, store: DrawingStore) -> None:
    """It neither waits nor is it collected; dropping it twice does no harm."""
    queue.add([unsure(0.1)])
    queue.dismiss(1)
    queue.dismiss(1)
    assert queue.count() == 0
    assert store.all() == []


def test_the_queue_is_asked_by_an_index(workspace: Workspace) -> None:
    """The least certain drawings of a digit are found without sorting the table."""
    with database.reading(workspace) as connection:
        plan = connection.execute(f"EXPLAIN QUERY PLAN {LEAST_CERTAIN}", (4, ALIKE)).fetchall()
    assert [row["detail"] for row in plan] == ["SEARCH unlabelled USING INDEX unlabelled_by_margin (prediction=?)"]


def test_a_model_predicts_what_is_to_wait() -> None:
    """The margin lies between the two most likely digits; a drawing without ink is left out."""
    drawn = [Drawing(None, write(d, np.random.default_rng(d))) for d in (3, 8)]
    blank = Drawing(None, bitmap=np.zeros((28, 28), np.uint8))
    predictor = Predictor(shipped().onnx)
    three, eight = review_queue.predicted([drawn[0], blank, drawn[1]], predictor, "m")
    assert (three.prediction, eight.prediction) == (3, 8)
    second, first = sorted(predictor.probabilities(three.image[None])[0].tolist())[-2:]
    assert three.probability == pytest.approx(first)
    assert three.margin == pytest.approx(first - second)
    assert (three.label, three.model_id, three.sha256) == (None, "m", drawn[0].sha256)
    assert review_queue.predicted([], predictor, "m") == []


@pytest.mark.parametrize("full_of_suggestions", [False, True])
def test_a_suggestion_enters_a_full_queue(
    queue: ReviewQueue, monkeypatch: pytest.MonkeyPatch, full_of_suggestions: bool
) -> None:
    """For a confident wrong prediction, too, and it stays there. Among suggestions, the oldest one goes."""
    monkeypatch.setattr(review_queue, "KEPT", 3)
    for number in range(3):
        if full_of_suggestions:
            queue.suggest(unsure(0.1, content=number), 2)
        else:
            queue.add([unsure(0.1, content=number)])
    assert queue.suggest(unsure(0.99, content=9), 7)
    queue.add([unsure(0.0, content=8)])
    assert queue.count() == 3
    assert (0.99, 7) in [(each.margin, each.label) for each in queue.next(8)]
    if full_of_suggestions:
        assert {each.id for each in queue.next(8)} == {2, 3, 4}
