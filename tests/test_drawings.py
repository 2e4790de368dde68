"""The collected drawings and their labels."""

import sqlite3

import numpy as np
import pytest

from mnist_core import drawings as sets
from mnist_core.database import reading
from mnist_core.drawings import Drawing, DrawingStore
from mnist_core.strokes import Strokes, rasterize
from mnist_core.workspace import Workspace

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
    """By label; drawings without a reading and deleted ones do not count, a corrected label does."""
    add = [(3, 3), (3, 3), (3, 8), (5, 5), (5, None), (7, 1)]
    ids = store.add([Drawing(label, LINE, prediction=read) for label, read in add])
    nothing = (0, 0)
    assert store.readings() == [*[nothing] * 3, (2, 1), nothing, (1, 0), nothing, (0, 1), nothing, nothing]
    store.delete(ids[:1])
    store.relabel(ids[5:], 1)
    assert store.readings() == [nothing, (1, 0), nothing, (1, 1), nothing, (1, 0), *[nothing] * 4]


def test_readings_are_summed_by_an_index(workspace: Workspace) -> None:
    """However many drawings there are, their long rows are not read for it."""
    with reading(workspace) as connection:
        (plan,) = connection.execute(f"EXPLAIN QUERY PLAN {sets.READINGS}").fetchall()
    assert "COVERING INDEX drawings_by_reading" in plan["detail"]


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


def test_sets_as_arrays() -> None:
    """(N, 28, 28) and (N,) uint8, also for none."""
    some = [Drawing(3, LINE), Drawing(4, LINE)]
    assert sets.images(some).shape == (2, 28, 28)
    assert sets.labels(some).tolist() == [3, 4]
    assert sets.images([]).shape == (0, 28, 28)
    assert sets.labels([]).dtype == np.uint8
