"""One drawing: its image, its hash, and when two are the same."""

import hashlib
import json
import pickle
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mnist_core.collection import drawing as module
from mnist_core.collection.drawing import Drawing, images, labels
from mnist_core.collection.file_formats import parse, to_jsonl
from mnist_core.drawing.strokes import MAX_COORDINATE, Strokes, rasterize

LINE: Strokes = [[(0.0, 0.0), (1.5, 10.25)]]
BITMAP = np.random.default_rng(0).integers(0, 256, (28, 28)).astype(np.uint8)

coordinates = st.floats(-MAX_COORDINATE, MAX_COORDINATE)
paths = st.lists(st.lists(st.tuples(coordinates, coordinates), min_size=1, max_size=5), min_size=1, max_size=3)
drawings = st.builds(
    Drawing, st.none() | st.integers(0, 9), paths, id=st.none() | st.integers(0, 2**63 - 1),
    writer=st.none() | st.text("Zoë7", max_size=9),
    confirmed=st.booleans(),
)  # fmt: skip


def test_the_hash_is_of_the_content() -> None:
    """Label and id do not matter, nor whether a coordinate is written 1 or 1.0; the path does."""
    drawing = Drawing(1, [[(1.0, 2.0), (3.0, 4.0)]], id=5)
    assert drawing.sha256 == Drawing(9, [[(1, 2), (3, 4)]]).sha256
    assert drawing.sha256 != Drawing(1, [[(1.0, 2.0), (3.0, 5.0)]]).sha256
    zeros, ones = np.zeros((28, 28), np.uint8), np.ones((28, 28), np.uint8)
    assert Drawing(1, bitmap=zeros).sha256 == Drawing(2, bitmap=zeros).sha256 != Drawing(1, bitmap=ones).sha256


def test_the_hash_is_that_of_older_versions() -> None:
    """Workspaces and cards name drawings by it: of the strokes as JSON, or of the bitmap's bytes."""
    strokes = "9cf8ae51bb2a5e9b22841ea6959b37770c153aea3232163c5098a6864627162b"
    bitmap = "2117aafef8b2308d1d6550b9900b767dd728440b6436709d08883f8690554b00"
    assert Drawing(1, [[(1, 2), (3.5, -4)]]).sha256 == strokes
    assert Drawing(1, bitmap=BITMAP).sha256 == bitmap == hashlib.sha256(BITMAP.tobytes()).hexdigest()


def test_image_and_hash_are_computed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """However often they are asked for; another object starts anew."""
    done = []
    monkeypatch.setattr(module, "rasterize", lambda path: done.append("image") or rasterize(path))
    monkeypatch.setattr(module.json, "dumps", lambda numbers: done.append("hash") or json.JSONEncoder().encode(numbers))
    drawing = Drawing(None, LINE)
    for _ in range(3):
        np.testing.assert_array_equal(drawing.image, rasterize(LINE))
        assert drawing.sha256 == Drawing(None, known_sha256=drawing.sha256).sha256
    assert done == ["image", "hash"]


def test_other_strokes_have_another_hash() -> None:
    """A hash that was given goes with the content it was given for."""
    known = Drawing(1, LINE, known_sha256="known")
    assert known.sha256 == "known"
    assert replace(known, strokes=[[(1.0, 1.0)]]).sha256 == Drawing(1, [[(1.0, 1.0)]]).sha256


@pytest.mark.parametrize("drawing", [Drawing(1, LINE), Drawing(1, bitmap=BITMAP.copy())], ids=["strokes", "bitmap"])
def test_an_image_cannot_be_changed(drawing: Drawing) -> None:
    """All who ask get the same array."""
    with pytest.raises(ValueError, match="read-only"):
        drawing.image[0, 0] = 1


def test_drawings_are_equal_by_content_and_fields() -> None:
    """Also those of bitmaps, and those whose points are lists, as JSON has them."""
    assert Drawing(1, bitmap=BITMAP) == Drawing(1, bitmap=BITMAP.copy()) != Drawing(1, bitmap=BITMAP // 2)
    assert Drawing(1, LINE) == Drawing(1, json.loads(json.dumps(LINE)))
    assert len({Drawing(1, LINE), Drawing(1, [[(0, 0), (1.5, 10.25)]]), Drawing(2, LINE)}) == 2
    assert Drawing(1, LINE) != Drawing(1, LINE, id=1)
    assert Drawing(1, LINE) != LINE


@settings(deadline=None)
@given(drawings)
def test_a_drawing_comes_back_from_a_file_and_from_another_process(drawing: Drawing) -> None:
    """JSON lines and pickle keep everything."""
    assert parse("d.jsonl", to_jsonl([drawing])) == [drawing]
    assert pickle.loads(pickle.dumps(drawing)) == drawing


def test_arrays_of_drawings() -> None:
    """(N, 28, 28) and (N,) uint8, also for none; an unlabelled drawing has no place among labels."""
    some = [Drawing(3, LINE), Drawing(4, LINE)]
    assert images(some).shape == (2, 28, 28)
    assert labels(some).tolist() == [3, 4]
    assert images([]).shape == (0, 28, 28)
    assert labels([]).dtype == np.uint8
    with pytest.raises(TypeError):
        labels([Drawing(None, LINE)])
