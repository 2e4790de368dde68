"""What holds for every file of drawings, whole or broken."""

import gzip
import io
import json
import zipfile
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image

from mnist_core.collection.file_formats import labelled, parse, to_jsonl, to_zip
from mnist_core.common.errors import InputError
from mnist_core.drawing.strokes import SIDE
from tests.strategies import bitmap_rows, drawn_strokes, json_values

NAMES = ("d.jsonl", "d.jsonl.gz", "d.zip", "d.png", "d.jpg", "D.JSONL")

records = st.lists(
    st.fixed_dictionaries(
        {"digit": st.integers(0, 9)},
        optional={"id": st.integers(0, 2**40), "confirmed": st.booleans(), "writer": st.text(max_size=9)},
    ).flatmap(
        lambda known: st.one_of(
            st.builds(lambda strokes: {**known, "strokes": strokes}, drawn_strokes),
            st.builds(lambda rows: {**known, "bitmap": rows}, bitmap_rows()),
        )
    ),
    max_size=4,
)


def lines(of: list[dict[str, Any]]) -> bytes:
    return "".join(json.dumps(record) + "\n" for record in of).encode()


@given(records)
def test_lines_go_there_and_back(written: list[dict[str, Any]]) -> None:
    """Read, written and read again: every point, pixel, label and id, plain or compressed."""
    first = labelled(parse("d.jsonl", lines(written)), "d.jsonl")
    exported = to_jsonl(first)
    for again in (parse("d.jsonl", exported), parse("d.jsonl.gz", gzip.compress(exported))):
        assert len(again) == len(written)
        for drawing, record in zip(again, written, strict=True):
            assert (drawing.label, drawing.id) == (record["digit"], record.get("id"))
            assert drawing.confirmed == record.get("confirmed", False)
            if "bitmap" in record:
                assert drawing.bitmap is not None
                assert drawing.bitmap.tolist() == record["bitmap"]
            else:
                assert drawing.strokes == [[tuple(point) for point in stroke] for stroke in record["strokes"]]
    assert to_jsonl(labelled(parse("d.jsonl", exported), "d.jsonl")) == exported


@given(records.filter(bool))
def test_a_zip_has_each_image_and_its_label(written: list[dict[str, Any]]) -> None:
    """What the network sees of a drawing is what the pictures show, in their order."""
    drawings = labelled(parse("d.jsonl", lines(written)), "d.jsonl")
    shown = []
    with zipfile.ZipFile(io.BytesIO(to_zip(drawings))) as archive:
        for name in sorted(archive.namelist(), key=lambda name: name.split("/")[1]):
            shown.append((int(name.split("/")[0]), np.asarray(Image.open(archive.open(name))).tolist()))
    assert shown == [(drawing.label, drawing.image.tolist()) for drawing in drawings]


@given(st.sampled_from(NAMES), st.binary(max_size=200))
def test_any_bytes_are_drawings_or_a_sentence(name: str, content: bytes) -> None:
    """An InputError; nothing else is raised."""
    check(name, content)


@given(st.lists(st.one_of(json_values("digit", "strokes", "bitmap", "id", "writer", "confirmed"), records), max_size=3))
def test_any_json_is_drawings_or_a_sentence(values: list[Any]) -> None:
    """Line by line."""
    check("d.jsonl", "\n".join(json.dumps(value) for value in values).encode())


def good(name: str) -> bytes:
    """A small whole file of this kind."""
    drawing = {"digit": 7, "strokes": [[[10, 10], [60, 10], [30, 110]]], "id": 3}
    text = lines([drawing, {"digit": 1, "bitmap": np.eye(SIDE, dtype=int).tolist()}])
    if name.endswith(".gz"):
        return gzip.compress(text, mtime=0)
    if name.endswith(".zip"):
        return to_zip(labelled(parse("d.jsonl", text), name))
    if name.endswith("jsonl"):
        return text
    buffer = io.BytesIO()
    Image.fromarray(np.eye(60, dtype=np.uint8) * 255).save(buffer, "PNG" if name.endswith("png") else "JPEG")
    return buffer.getvalue()


WHOLE = {name: good(name) for name in NAMES[:5]}

changes = st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.binary(max_size=3), st.integers(0, 3)), max_size=4)
"""Where, as a part of the length; what is put there; how many bytes it replaces."""


@pytest.mark.parametrize("name", WHOLE)
@given(changed=changes, kept=st.floats(0, 1))
@example(changed=[(0.0, b"", 1)], kept=1.0)  # a zip whose places are all off by one
def test_a_damaged_file_is_drawings_or_a_sentence(
    name: str, changed: list[tuple[float, bytes, int]], kept: float
) -> None:
    """Bytes replaced, added, taken out; the end cut off."""
    content = WHOLE[name]
    for place, put, replaced in changed:
        at = int(place * len(content))
        content = content[:at] + put + content[at + replaced :]
    check(name, content[: round(kept * len(content))] if kept < 0.5 else content)


def check(name: str, content: bytes) -> None:
    try:
        drawings = parse(name, content)
    except InputError:
        return
    for drawing in drawings:
        assert (drawing.image.shape, drawing.image.dtype) == ((SIDE, SIDE), np.uint8)
        assert drawing.label is None or 0 <= drawing.label <= 9
