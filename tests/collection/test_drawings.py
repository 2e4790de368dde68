"""The collected drawings and their labels."""

import sqlite3

import numpy as np
import pytest

from mnist_core.collection import drawings as sets
from mnist_core.collection.drawings import Drawing, DrawingStore
from mnist_core.common.database import reading
from mnist_core.common.workspace import Workspace
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


def test_readings_count_right_and_wrong(store: DrawingStore) -> None:
    """By label; drawings without a reading, another model's and deleted ones do not count, a corrected label does."""
    add = [(3, 3), (3, 3), (3, 8), (5, 5), (5, None), (7, 1)]
    ids = store.add([Drawing(label, LINE, prediction=read, model_id="m") for label, read in add])
    store.add([Drawing(0, LINE, prediction=0, model_id="another")])
    nothing = (0, 0)
    assert store.outcomes("m") == [*[nothing] * 3, (2, 1), nothing, (1, 0), nothing, (0, 1), nothing, nothing]
    store.delete(ids[:1])
    store.relabel(ids[5:], 1)
    assert store.outcomes("m") == [nothing, (1, 0), nothing, (1, 1), nothing, (1, 0), *[nothing] * 4]


@pytest.mark.parametrize("query", [sets.OUTCOMES, f"SELECT * FROM drawings WHERE {sets.IN_DOUBT}"])
def test_what_the_pages_ask_for_is_found_by_an_index(workspace: Workspace, query: str) -> None:
    """However many drawings there are, not every one's long row is read for it."""
    with reading(workspace) as connection:
        (plan,) = connection.execute(f"EXPLAIN QUERY PLAN {query}", ("m",)).fetchall()
    assert "INDEX drawings_" in plan["detail"]


def test_a_label_is_in_doubt_until_someone_has_looked(store: DrawingStore) -> None:
    """The surest contradiction first; a confirmed label, or a corrected one, is in doubt no more."""
    given = [(4, 9, 0.9), (4, 9, 0.99), (4, 4, 0.99), (4, 9, 0.5), (4, None, None)]
    ids = store.add([Drawing(label, LINE, prediction=read, probability=sure) for label, read, sure in given])
    assert [each.id for each in store.in_doubt(0.8, limit=5)] == [ids[1], ids[0]]
    assert [each.id for each in store.in_doubt(0.8, limit=1)] == [ids[1]]
    store.confirm(ids[:1])
    store.relabel(ids[1:2], 7)
    assert store.in_doubt(0.8, limit=5) == []
    assert [each.confirmed for each in store.all()] == [True, True, False, False, False]
    store.relabel(ids[1:2], 4, confirmed=False)
    assert [each.id for each in store.in_doubt(0.8, limit=5)] == [ids[1]]


def test_a_late_stroke_changes_what_was_read(store: DrawingStore) -> None:
    """Otherwise a 4 whose second stroke came late would be in doubt for ever."""
    (number,) = store.add([Drawing(4, LINE, prediction=1, probability=0.99)])
    store.redraw(number, [[(0.0, 0.0), (5.0, 5.0)], [(1.0, 1.0), (2.0, 2.0)]], 4, 0.9)
    (drawing,) = store.with_content(store.all()[0].sha256)
    assert (drawing.prediction, drawing.probability, len(drawing.strokes or [])) == (4, 0.9, 2)


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


def test_the_hash_is_of_the_content() -> None:
    """Label and id do not matter, nor whether a coordinate is written 1 or 1.0; the path does."""
    drawing = Drawing(1, [[(1.0, 2.0), (3.0, 4.0)]], id=5)
    assert drawing.sha256 == Drawing(9, [[(1, 2), (3, 4)]]).sha256
    assert drawing.sha256 != Drawing(1, [[(1.0, 2.0), (3.0, 5.0)]]).sha256
    zeros, ones = np.zeros((28, 28), np.uint8), np.ones((28, 28), np.uint8)
    assert Drawing(1, bitmap=zeros).sha256 == Drawing(2, bitmap=zeros).sha256 != Drawing(1, bitmap=ones).sha256


def test_what_is_lacking_is_counted(workspace: Workspace) -> None:
    """Of these contents those that no drawing has, or only a deleted one; twice drawn is there once."""
    store = DrawingStore(workspace)
    one, two, three = (Drawing(1, [[(0, 0), (each, 5)]]) for each in (1, 2, 3))
    ids = store.add([one, one, two])
    wanted = {one.sha256, two.sha256, three.sha256}
    assert store.lacking(wanted) == 1
    store.delete(ids[2:])
    assert store.lacking(wanted) == 2
    assert store.lacking(set()) == 0


def test_sets_as_arrays() -> None:
    """(N, 28, 28) and (N,) uint8, also for none."""
    some = [Drawing(3, LINE), Drawing(4, LINE)]
    assert sets.images(some).shape == (2, 28, 28)
    assert sets.labels(some).tolist() == [3, 4]
    assert sets.images([]).shape == (0, 28, 28)
    assert sets.labels([]).dtype == np.uint8
