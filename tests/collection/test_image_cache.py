"""Each collected drawing is fetched and rasterised once."""

import numpy as np
import pytest

from mnist_core.collection import drawing as module
from mnist_core.collection.drawing import Drawing
from mnist_core.collection.drawings import DrawingStore
from mnist_core.collection.image_cache import ImageCache
from mnist_core.common.workspace import Workspace
from mnist_core.data.synthetic import write
from mnist_core.drawing.strokes import Gray, Strokes, rasterize


@pytest.fixture
def rasterised(monkeypatch: pytest.MonkeyPatch) -> list[Strokes]:
    """What was rasterised, in order."""
    done: list[Strokes] = []

    def counted(strokes: Strokes) -> Gray:
        done.append(strokes)
        return rasterize(strokes)

    monkeypatch.setattr(module, "rasterize", counted)
    return done


@pytest.fixture
def store(workspace: Workspace) -> DrawingStore:
    store = DrawingStore(workspace)
    store.add([Drawing(d, write(d, np.random.default_rng(d))) for d in range(4)])
    return store


def contents(store: DrawingStore) -> list[str]:
    return [content for content, _ in store.contents()]


def test_only_new_drawings_are_rasterised(store: DrawingStore, rasterised: list[Strokes]) -> None:
    """The images are those of the drawings, at the second time without any work."""
    cache = ImageCache(store)
    for _ in range(2):
        found = cache.images(contents(store))
        assert len(rasterised) == 4
    for drawing in store.all():
        np.testing.assert_array_equal(found[drawing.sha256], drawing.image)
    rasterised.clear()
    store.add([Drawing(9, write(9, np.random.default_rng(9)))])
    assert len(cache.images(contents(store))) == 5
    assert len(rasterised) == 1


def test_a_deleted_drawing_is_forgotten(store: DrawingStore, rasterised: list[Strokes]) -> None:
    """The cache does not grow beyond the collection; a drawing that comes back is rasterised again."""
    cache = ImageCache(store)
    everything = contents(store)
    cache.images(everything)
    store.delete([1])
    assert set(cache.images(contents(store))) == set(everything[1:])
    store.restore([1])
    assert set(cache.images(contents(store))) == set(everything)
    assert len(rasterised) == 5


def test_a_drawing_that_has_just_gone_is_left_out(store: DrawingStore) -> None:
    """Another tab deleted it between the two queries."""
    known = contents(store)
    store.delete([1])
    assert set(ImageCache(store).images(known)) == set(known[1:])
