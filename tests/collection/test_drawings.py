"""The collected drawings and their labels."""

import sqlite3

import numpy as np
import pytest

from mnist_core.collection import drawings
from mnist_core.collection.drawing import Drawing
from mnist_core.collection.drawings import DrawingStore
from mnist_core.common.database import reading, transaction
from mnist_core.common.workspace import Workspace
from mnist_core.data.synthetic import write
from mnist_core.drawing.strokes import Strokes, rasterize

LINE: Strokes = [[(0.0, 0.0), (1.5, 10.25)]]


@pytest.fixture
def store(workspace: Workspace) -> DrawingStore:
    return DrawingStore(workspace)


def test_what_is_added_comes_back(store: DrawingStore) -> None:
    """Strokes to the last bit, or a bitmap, with label, prediction, probability and model, in order."""
    bitmap = np.random.default_rng(0).integers(0, 256, (28, 28)).astype(np.uint8)
    ids = store.add([Drawing(7, LINE, prediction=1, probability=0.625, model_id="m"), Drawing(0, bitmap=bitmap)])
    first, second = store.all()
    assert [first.id, second.id] == ids
    assert [[tuple(point) for point in stroke] for stroke in first.strokes or []] == LINE
    assert (first.label, first.prediction, first.probability, first.model_id) == (7, 1, 0.625, "m")
    np.testing.assert_array_equal(first.image, rasterize(LINE))
    assert second.strokes is None
    np.testing.assert_array_equal(second.image, bitmap)
    assert first.created


def test_adding_is_all_or_nothing(store: DrawingStore) -> None:
    """One label that is none, and nothing of the lot is stored."""
    with pytest.raises(sqlite3.IntegrityError):
        store.add([Drawing(1, LINE), Drawing(10, LINE)])
    assert store.all() == []


def test_what_is_there_already_is_not_added_again(store: DrawingStore) -> None:
    """The same content with the same label, in the store or in the lot itself; a deleted one may come back."""
    other: Strokes = [[(5.0, 5.0)]]
    (first,) = store.add([Drawing(1, LINE)])
    added, skipped = store.add_new([Drawing(1, LINE), Drawing(7, LINE), Drawing(2, other), Drawing(2, other)])
    assert (len(added), skipped) == (2, 2)
    assert [each.id for each in store.all()] == [first, *added]
    store.delete([first])
    assert store.add_new([Drawing(1, LINE)])[1] == 0
    assert store.add_new([]) == ([], 0)


@pytest.mark.parametrize("drawing", [Drawing(1, LINE, np.zeros((28, 28), np.uint8)), Drawing(-1, LINE)])
def test_the_database_refuses_what_is_no_drawing(drawing: Drawing, store: DrawingStore) -> None:
    """Strokes or a bitmap, not both; a label from 0 to 9."""
    with pytest.raises(sqlite3.IntegrityError):
        store.add([drawing])


def test_counts_and_pages(store: DrawingStore) -> None:
    """How many there are of each digit; a digit's drawings newest first, page by page."""
    ids = store.add([Drawing(n % 3, LINE) for n in range(10)])
    assert store.counts() == [4, 3, 3, 0, 0, 0, 0, 0, 0, 0]
    zeros = ids[::3]
    assert [each.id for each in store.page(0, limit=3)] == zeros[:0:-1]
    assert [each.id for each in store.page(0, limit=3, offset=3)] == zeros[:1]


def test_predictions_count_right_and_wrong(store: DrawingStore) -> None:
    """By label. Drawings without a prediction, of another model, and deleted ones do not count; a new label does."""
    add = [(3, 3), (3, 3), (3, 8), (5, 5), (5, None), (7, 1)]
    ids = store.add([Drawing(label, LINE, prediction=digit, model_id="m") for label, digit in add])
    store.add([Drawing(0, LINE, prediction=0, model_id="another")])
    nothing = (0, 0)
    assert store.outcomes("m") == [*[nothing] * 3, (2, 1), nothing, (1, 0), nothing, (0, 1), nothing, nothing]
    store.delete(ids[:1])
    store.relabel(ids[5:], 1)
    assert store.outcomes("m") == [nothing, (1, 0), nothing, (1, 1), nothing, (1, 0), *[nothing] * 4]


@pytest.mark.parametrize(
    "query",
    [
        drawings.OUTCOMES,
        *(f"SELECT * FROM drawings WHERE {each}" for each in (drawings.POSSIBLE_LABEL_ISSUES, drawings.OF_CONTENT)),
    ],
)
def test_what_the_pages_ask_for_is_found_by_an_index(workspace: Workspace, query: str) -> None:
    """However many drawings there are, not every one's long row is read for it."""
    with reading(workspace) as connection:
        plan = connection.execute(f"EXPLAIN QUERY PLAN {query}", ("[]",)).fetchall()
    assert "INDEX drawings_" in plan[0]["detail"]


def test_a_label_issue_is_possible_until_a_person_has_decided(store: DrawingStore) -> None:
    """The most certain contradiction first; a confirmed or corrected label has no issue."""
    given = [(4, 9, 0.9), (4, 9, 0.99), (4, 4, 0.99), (4, 9, 0.5), (4, None, None)]
    ids = store.add([Drawing(label, LINE, prediction=digit, probability=sure) for label, digit, sure in given])
    assert [each.id for each in store.possible_label_issues(0.8, limit=5)] == [ids[1], ids[0]]
    assert [each.id for each in store.possible_label_issues(0.8, limit=1)] == [ids[1]]
    store.confirm(ids[:1])
    store.relabel(ids[1:2], 7)
    assert store.possible_label_issues(0.8, limit=5) == []
    assert [each.confirmed for each in store.all()] == [True, True, False, False, False]
    store.relabel(ids[1:2], 4, confirmed=False)
    assert [each.id for each in store.possible_label_issues(0.8, limit=5)] == [ids[1]]


def test_relabel_delete_restore(store: DrawingStore) -> None:
    """A corrected label counts at once; a deleted drawing is gone from the sets but can be had back."""
    one, two = store.add([Drawing(1, LINE), Drawing(1, LINE)])
    store.relabel([one], 7)
    assert [each.label for each in store.all()] == [7, 1]
    store.delete([one])
    assert [each.id for each in store.all()] == [two]
    assert sum(store.counts()) == 1
    store.restore([one])
    assert sum(store.counts()) == 2


def test_ids_are_never_used_again(store: DrawingStore) -> None:
    """A report that names a drawing never comes to mean another one."""
    (first,) = store.add([Drawing(1, LINE)])
    store.delete([first])
    (second,) = store.add([Drawing(1, LINE)])
    assert second > first


def test_the_hash_comes_from_the_row(store: DrawingStore, workspace: Workspace) -> None:
    """A stored drawing is not hashed again."""
    store.add([Drawing(1, LINE)])
    with transaction(workspace) as connection:
        connection.execute("UPDATE drawings SET sha256 = 'as stored'")
    assert [each.sha256 for each in store.all()] == ["as stored"]


def test_contents_name_every_drawing(store: DrawingStore) -> None:
    """Each with its label, oldest first, without the deleted ones; the drawings are found by them."""
    one, two = Drawing(1, LINE), Drawing(2, [[(5.0, 5.0)]])
    ids = store.add([one, two, one, Drawing(7, LINE)])
    store.delete(ids[2:3])
    assert store.contents() == [(one.sha256, 1), (two.sha256, 2), (one.sha256, 7)]
    assert [each.id for each in store.with_contents([one.sha256, "unknown"])] == [ids[0], ids[3]]
    assert store.with_contents([]) == []


def test_missing_contents_are_counted(workspace: Workspace) -> None:
    """A content is missing if no drawing has it, or only a deleted one; it counts once, however many have it."""
    store = DrawingStore(workspace)
    one, two, three = (Drawing(1, [[(0, 0), (each, 5)]]) for each in (1, 2, 3))
    ids = store.add([one, one, two])
    wanted = {one.sha256, two.sha256, three.sha256}
    assert store.missing(wanted) == 1
    store.delete(ids[2:])
    assert store.missing(wanted) == 2
    assert store.missing(set()) == 0


def test_copies_with_different_labels_contradict_each_other(workspace: Workspace) -> None:
    """Not copies with the same label, nor one whose contradiction was deleted."""
    store = DrawingStore(workspace)
    strokes = [write(digit, np.random.default_rng(digit)) for digit in range(3)]
    ids = store.add([Drawing(label, strokes[n]) for label, n in [(4, 0), (9, 0), (1, 1), (1, 1), (2, 2), (7, 2)]])
    store.delete(ids[5:])
    assert [[each.label for each in group] for group in store.contradictory(8)] == [[4, 9]]
    store.relabel([ids[0]], 9)
    assert store.contradictory(8) == []
