"""Files that are small, or look so, and would fill the memory."""

import gzip
import io
import json
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mnist_core.collection.drawing import Drawing
from mnist_core.collection.file_formats import to_jsonl, to_zip
from mnist_core.collection.stroke_lines import MAX_DRAWINGS, MAX_POINTS
from mnist_core.drawing import picture_files
from tests.memory import LIMIT, measured, taken

READ = "mnist_core.collection.file_formats:read"
SEVEN = [[(10.0, 10.0), (60.0, 10.0), (30.0, 110.0)]]


def one_line(points: int) -> bytes:
    return b'{"digit": 1, "strokes": [[' + b"[1,2]," * points + b"[1,2]]]}\n"


def lines(count: int, drawing: str) -> bytes:
    return (drawing + "\n").encode() * count


def small_drawings() -> bytes:
    """As many as are allowed, each with all that a line may have beside its point."""
    more = json.dumps({"id": 10**400, "writer": "\N{GRINNING FACE}" * 100, "digit": 1})
    return lines(MAX_DRAWINGS, more[:-1] + ', "strokes": [[[1.5, 2.5]]]}')


def lone_points() -> bytes:
    """As many as are allowed, each a stroke of its own."""
    each = MAX_POINTS // 2 // 40_000
    return lines(40_000, json.dumps({"strokes": [[[number + 0.5, 1.5]] for number in range(each)]}))


def bitmaps() -> bytes:
    return lines(20_000, json.dumps({"bitmap": np.eye(28, dtype=int).tolist()}))


@measured
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (lambda: one_line(30_000_000), "line 1: The line has more than 1 MB"),
        pytest.param(
            lambda: lines(3, "[" + "{}," * 300_000 + "0]"),
            "line 1: A drawing must have the form",
            marks=pytest.mark.slow,
        ),
        (lambda: one_line(170_000), "line 1: A drawing must have 1 to 20,000 points; this one has 170,001"),
        (lambda: b"\n" * 300_000_000, f"more than {MAX_DRAWINGS:,} lines"),
        pytest.param(
            lambda: lines(60, " " * 2**20)[:-1], "line 1: The line has more than 1 MB", marks=pytest.mark.slow
        ),
        (small_drawings, str(MAX_DRAWINGS)),
        pytest.param(
            lambda: lines(MAX_DRAWINGS, json.dumps({"strokes": [[[1.5, 2.5]] * 20]})),
            f"more than {MAX_POINTS:,} points",
            marks=pytest.mark.slow,
        ),
        pytest.param(lone_points, "40000", marks=pytest.mark.slow),
        pytest.param(bitmaps, "20000", marks=pytest.mark.slow),
    ],
)
def test_lines_take_little_memory(tmp_path: Path, content: Callable[[], bytes], said: str) -> None:
    """Kilobytes that unpack to hundreds of megabytes; lines and drawings in the greatest number."""
    path, warm = tmp_path / "bomb.jsonl.gz", tmp_path / "warm.jsonl.gz"
    path.write_bytes(gzip.compress(content(), 1))
    warm.write_bytes(gzip.compress(to_jsonl([Drawing(7, SEVEN)])))
    grown, found = taken(READ, path, warm)
    assert said in found
    assert grown < LIMIT


def lying_zip(compression: int, megabytes: int) -> bytes:
    """A member that unpacks to much, and is said to have ten bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        with archive.open("7/a.png", "w", force_zip64=True) as member:
            for _ in range(megabytes):
                member.write(bytes(2**20))
        archive.filelist[0].file_size = 10
    return buffer.getvalue()


def long_list() -> bytes:
    """A zip that is nothing but a list of a million members."""
    entry = b"PK\1\2" + struct.pack("<HHHHHHIIIHHHHHII", 20, 20, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0) + b"a"
    listed = entry * 1_000_000
    return listed + b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, 65535, 65535, len(listed), 0, 0)


@measured
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (lambda: lying_zip(zipfile.ZIP_DEFLATED, 400), "d.zip is damaged"),
        (lambda: lying_zip(zipfile.ZIP_BZIP2, 9), "The compression of 7/a.png is not allowed"),
        (long_list, "The archive contains too many files"),
    ],
)
def test_zips_take_little_memory(tmp_path: Path, content: Callable[[], bytes], said: str) -> None:
    """What a zip says of itself is not believed."""
    path, warm = tmp_path / "d.zip", tmp_path / "warm.zip"
    path.write_bytes(content())
    warm.write_bytes(to_zip([Drawing(7, SEVEN)]))
    grown, found = taken(READ, path, warm)
    assert said in found
    assert grown < LIMIT


def png(side: int, depth: int, colours: int, channels: int) -> bytes:
    """An empty PNG of many pixels in few bytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    pack = zlib.compressobj()
    rows = [pack.compress(bytes(1 + side * channels * depth // 8)) for _ in range(side)]
    header = struct.pack(">IIBBBBB", side, side, depth, colours, 0, 0, 0)
    content = b"".join(rows) + pack.flush()
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", content) + chunk(b"IEND", b"")


def jpeg() -> bytes:
    """As many pixels as are allowed, in a form that must be held whole."""
    buffer = io.BytesIO()
    Image.new("CMYK", (6000, 6000)).save(buffer, "JPEG", progressive=True, subsampling=0)
    return buffer.getvalue()


def webp() -> bytes:
    """As many pixels as are allowed."""
    buffer = io.BytesIO()
    Image.new("RGBA", (4000, 4000)).save(buffer, "WEBP", quality=1, method=0)
    return buffer.getvalue()


@measured
@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("gray.png", lambda: png(7000, 8, 0, 1), "has 7,000×7,000 pixels; 36,000,000 in all are allowed"),
        ("rgba16.png", lambda: png(6000, 16, 6, 4), "1"),
        ("gray16.png", lambda: png(6000, 16, 0, 1), "1"),
        ("progressive.jpg", jpeg, "1"),
        ("whole.webp", webp, "1"),
    ],
)
def test_pictures_take_little_memory(tmp_path: Path, name: str, content: Callable[[], bytes], said: str) -> None:
    """The greatest that are allowed, and one that is not."""
    path, warm = tmp_path / name, tmp_path / f"warm{Path(name).suffix}"
    path.write_bytes(content())
    Image.fromarray(np.eye(40, dtype=np.uint8) * 255).save(warm)
    grown, found = taken(READ, path, warm)
    assert said in found
    assert grown < LIMIT


def test_a_photo_of_twelve_megapixels_is_read() -> None:
    """As a phone takes it, and as a PNG."""
    photo = Image.new("RGB", (4000, 3000), "white")
    photo.paste("black", (1900, 500, 2100, 2500))
    for format in ("JPEG", "PNG"):
        buffer = io.BytesIO()
        photo.save(buffer, format)
        gray = picture_files.read_gray(buffer.getvalue(), "photo")
        assert max(gray.shape) == 400
        assert gray[150, 200] < 20
        assert gray[20, 20] > 235
