"""Drawings and pictures in and out."""

import gzip
import io
import json
import os
import struct
import sys
import zipfile
import zlib
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mnist_core.collection import file_formats, stroke_lines
from mnist_core.collection.drawing import Drawing
from mnist_core.collection.drawings import DrawingStore
from mnist_core.common.errors import InputError
from mnist_core.common.workspace import Workspace
from mnist_core.drawing import png_files, strokes
from mnist_core.drawing.strokes import Gray, rasterize

SEVEN = [[(10.0, 10.0), (60.0, 10.0), (30.0, 110.0)]]
GOOD = json.dumps({"digit": 7, "strokes": SEVEN})


def picture(mode: str = "L", format: str = "PNG", side: int = 56) -> bytes:
    """A seven, dark on light."""
    gray = Image.fromarray(255 - rasterize(SEVEN)).resize((side, side))
    buffer = io.BytesIO()
    if mode == "I;16":
        Image.fromarray(np.asarray(gray).astype(np.uint16) * 257).save(buffer, format)
    elif mode == "RGBA":  # ink on nothing, as drawing programs save it
        black = Image.new("RGBA", gray.size, (0, 0, 0, 0))
        black.putalpha(Image.fromarray(255 - np.asarray(gray)))
        black.save(buffer, format)
    else:
        gray.convert(mode).save(buffer, format)
    return buffer.getvalue()


def png_header(width: int, height: int) -> bytes:
    """A PNG that claims a size and holds one empty row."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


def zipped(members: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def alike(one: Gray, other: Gray) -> bool:
    return bool(np.corrcoef(one.ravel(), other.ravel())[0, 1] > 0.7)


# ---- strokes


@pytest.mark.parametrize(("written", "own_id"), [("5", 5), ("true", None), ('"5"', None), ("5.0", None)])
def test_an_id_is_a_whole_number(written: str, own_id: int | None) -> None:
    """Anything else is none."""
    (drawing,) = file_formats.parse("d.jsonl", f'{{"id": {written}, "strokes": [[[1, 2]]]}}'.encode())
    assert drawing.id == own_id


@pytest.mark.parametrize("name", ["d.jsonl", "d.jsonl.gz", "D.JSONL"])
def test_lines_of_strokes_are_read(name: str) -> None:
    """Labels where there are some; blank lines do not count."""
    content = f'{GOOD}\n\n{{"strokes": [[[1, 2], [3, 4]]]}}\n'.encode()
    first, second = file_formats.parse(name, gzip.compress(content) if name.endswith("gz") else content)
    assert (first.strokes, first.label) == (SEVEN, 7)
    assert second.label is None
    np.testing.assert_array_equal(first.image, rasterize(SEVEN))


@pytest.mark.parametrize(
    "line",
    [
        "no json", "5", "[]", "{}", '{"digit": 7}', '{"digit": -1, "strokes": [[[1, 2]]]}',
        '{"digit": 10, "strokes": [[[1, 2]]]}', '{"digit": "7", "strokes": [[[1, 2]]]}',
        '{"digit": 7.0, "strokes": [[[1, 2]]]}', '{"digit": true, "strokes": [[[1, 2]]]}',
        '{"digit": 7, "strokes": []}', '{"digit": 7, "strokes": [[[NaN, 2]]]}', '{"digit": 7, "strokes": [[["1", 2]]]}',
        '{"digit": 7, "bitmap": [[0]]}', '{"digit": 7, "strokes": ' + "[" * 100_000, "\xff\xfe",
    ],
)  # fmt: skip
def test_a_wrong_line_is_named_and_nothing_is_taken(line: str) -> None:
    """The message gives the file and the number of the line; the good line before it is not imported either."""
    with pytest.raises(InputError, match=r"d\.jsonl, line 2: "):
        file_formats.parse("d.jsonl", f"{GOOD}\n{line}\n{GOOD}\n".encode("latin-1"))


def test_damaged_gzip_is_refused() -> None:
    """Cut off or with flipped bits: a sentence, or the right content."""
    good = gzip.compress((GOOD + "\n").encode() * 20)
    random = np.random.default_rng(0)
    for number in range(100):
        damaged = bytearray(good)
        damaged[random.integers(len(good))] ^= 1 << random.integers(8)
        try:
            found = file_formats.parse(
                "d.jsonl.gz", bytes(damaged) if number % 4 else good[: random.integers(len(good))]
            )
        except InputError:
            continue
        assert [drawing.strokes for drawing in found] == [SEVEN] * 20


def test_bombs_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """What unpacks to more than the cap, and more lines, points or pictures than are sensible."""
    monkeypatch.setattr(stroke_lines, "MAX_BYTES", 10_000)
    with pytest.raises(InputError, match="when unpacked"):
        file_formats.parse("d.jsonl.gz", gzip.compress(b" " * 20_000))
    with pytest.raises(InputError, match="too large"):
        file_formats.parse("d.zip", zipped({"1/a.png": bytes(20_000)}))
    monkeypatch.setattr(stroke_lines, "MAX_DRAWINGS", 2)
    with pytest.raises(InputError, match="more than 2 lines"):
        file_formats.parse("d.jsonl", (GOOD + "\n").encode() * 3)
    with pytest.raises(InputError, match="too large"):
        file_formats.parse("d.zip", zipped({f"1/{n}.png": b"" for n in range(3)}))
    monkeypatch.setattr(stroke_lines, "MAX_POINTS", 7)
    with pytest.raises(InputError, match="more than 7 points"):
        file_formats.parse("d.jsonl", (GOOD + "\n").encode() * 2)


def test_what_the_program_wrote_itself_may_be_larger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fine-tuning's drawings are the collection, however large that is."""
    monkeypatch.setattr(stroke_lines, "MAX_DRAWINGS", 2)
    monkeypatch.setattr(stroke_lines, "MAX_BYTES", 10)
    monkeypatch.setattr(stroke_lines, "MAX_POINTS", 7)
    path = tmp_path / "drawings.jsonl"
    path.write_text((GOOD + "\n") * 3)
    assert len(file_formats.read(path, bounded=False)) == 3


def test_the_largest_drawing_fits_into_a_line() -> None:
    """As many points as are allowed, with as many digits as a number can have; one more character does not fit."""
    point = [-123456789.0123456789, 123456789.0123456789]
    line = json.dumps({"digit": 1, "strokes": [[point] * strokes.MAX_POINTS]})
    (drawing,) = file_formats.parse("d.jsonl", line.encode())
    assert drawing.strokes is not None
    assert len(drawing.strokes[0]) == strokes.MAX_POINTS
    with pytest.raises(InputError, match="line 2: The line has more than 1 MB"):
        file_formats.parse("d.jsonl", f"{GOOD}\n{GOOD:{stroke_lines.MAX_LINE + 1}}".encode())


def test_unlabelled_drawings_cannot_be_learned_from() -> None:
    """The message says how many lack a label, which is the first, and how to give one."""
    found = file_formats.parse("d.jsonl", f'{GOOD}\n{{"strokes": [[[1, 2]]]}}\n'.encode())
    with pytest.raises(InputError, match=r'1 drawing has no label \(number 2\).*"digit"'):
        file_formats.labelled(found, "d.jsonl")


def test_jsonl_goes_there_and_back() -> None:
    """Label, id, writer, confirmation, strokes and bitmap come back the same."""
    bitmap = np.random.default_rng(0).integers(0, 256, (28, 28)).astype(np.uint8)
    drawings = [
        Drawing(7, SEVEN, id=3, writer="w", confirmed=True), Drawing(2, bitmap=bitmap, id=4), Drawing(None, SEVEN)
    ]  # fmt: skip
    assert file_formats.parse("d.jsonl", file_formats.to_jsonl(drawings)) == drawings


# ---- pictures


@pytest.mark.parametrize("mode", ["L", "1", "RGB", "P", "LA", "RGBA", "I;16"])
def test_pictures_of_every_kind_are_read(mode: str) -> None:
    """Grey, bilevel, colour, palette, transparent and 16-bit PNGs of the same digit give much the same image."""
    (drawing,) = file_formats.parse("photo.png", picture(mode))
    assert drawing.label is None
    assert alike(drawing.image, rasterize(SEVEN))


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_jpegs_are_read(mode: str) -> None:
    """As photos come."""
    (drawing,) = file_formats.parse("photo.JPG", picture(mode, "JPEG"))
    assert alike(drawing.image, rasterize(SEVEN))


def test_a_turned_photo_is_turned_back() -> None:
    """A camera's note of its rotation is followed."""
    turned = Image.open(io.BytesIO(picture("L"))).transpose(Image.Transpose.ROTATE_90)
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90° clockwise to show
    buffer = io.BytesIO()
    turned.save(buffer, "JPEG", exif=exif)
    (drawing,) = file_formats.parse("photo.jpg", buffer.getvalue())
    assert alike(drawing.image, rasterize(SEVEN))


@pytest.mark.parametrize("size", [(10_000, 10_001), (60_000, 60_000), (2**31 - 1, 2**31 - 1)])
def test_a_huge_picture_is_refused_from_its_header(size: tuple[int, int]) -> None:
    """100 megapixels and more are refused by size, without being unpacked."""
    with pytest.raises(InputError, match="pixels"):
        file_formats.parse("big.png", png_header(*size))


@pytest.mark.parametrize("format", ["PPM", "ICO", "PCX"])
def test_other_formats_are_refused_by_content(format: str) -> None:
    """Whatever the name says, only the common kinds are opened."""
    with pytest.raises(InputError, match="not a picture of these kinds"):
        file_formats.parse("photo.png", picture("L", format))


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_damaged_pictures_are_a_sentence() -> None:
    """Cut off anywhere or with flipped bits: an image or a sentence, never another error."""
    random = np.random.default_rng(0)
    for content in (
        picture("L"),
        picture("P"),
        *(picture("L", each) for each in ("JPEG", "GIF", "BMP", "TIFF", "WEBP")),
    ):
        for number in range(60):
            damaged = bytearray(content)
            damaged[random.integers(len(content))] ^= 1 << random.integers(8)
            half = content[: random.integers(len(content))]
            with suppress(InputError):
                file_formats.parse("p.png", bytes(damaged) if number % 2 else half)


# ---- zips


def test_a_zip_is_labelled_by_its_folders() -> None:
    """The nearest one named 0 to 9; a digit in a picture's own name is no label. Other files are left out."""
    members = {"7/a.png": picture(), "x/3_1.png": picture(), "eight.png": picture(), "notes.txt": b"?", "7/": b"",
               "digits/5/scans/1.png": picture(), "12/2.png": picture()}  # fmt: skip
    found = file_formats.find_in("d.zip", zipped(members))
    assert [drawing.label for drawing in found.drawings] == [7, None, None, 5, None]
    assert found.named == (None, 3, None, None, 2)


def test_names_give_labels_if_a_person_says_so() -> None:
    """They never change the label of a folder."""
    members = {f"digit{n}.png": picture() for n in range(3)} | {"7/4.png": picture(), "page.png": picture()}
    found = file_formats.find_in("d.zip", zipped(members))
    assert [drawing.label for drawing in found.drawings] == [None, None, None, 7, None]
    assert found.label_names == 3
    assert [drawing.label for drawing in found.with_labels_from_names().drawings] == [0, 1, 2, 7, None]


def test_a_single_picture_has_a_name_too() -> None:
    """As in a zip."""
    found = file_formats.find_in("7-a.png", picture())
    assert [drawing.label for drawing in found.drawings] == [None]
    assert [drawing.label for drawing in found.with_labels_from_names().drawings] == [7]


def test_zips_of_other_systems_are_read() -> None:
    """macOS adds hidden companions that are no pictures; some archivers for Windows write backslashes."""
    members = {"7/a.png": picture(), "__MACOSX/7/._a.png": b"\0\5\26\7", "7/.b.png": b"?", "3\\c.PNG": picture()}
    found = file_formats.parse("d.zip", zipped(members))
    assert [drawing.label for drawing in found] == [7, 3]


def test_a_zip_goes_there_and_back() -> None:
    """The images and labels that were exported are those that are imported."""
    drawings = [Drawing(7, SEVEN), Drawing(1, [[(0.0, 0.0), (0.0, 9.0)]]), Drawing(None, SEVEN)]
    found = file_formats.parse("d.zip", file_formats.to_zip(drawings))
    assert [drawing.label for drawing in found] == [7, 1, None]
    for drawing, before in zip(found, drawings, strict=True):
        np.testing.assert_array_equal(drawing.image, before.image)


def test_a_damaged_picture_is_named_and_the_others_are_read() -> None:
    """Whoever needs all of them is refused."""
    content = zipped({"7/a.png": picture(), "7/b.png": b"no picture"})
    found = file_formats.find_in("d.zip", content)
    assert [drawing.label for drawing in found.drawings] == [7]
    assert found.damage == "1 picture is damaged and was left out: 7/b.png."
    with pytest.raises(InputError, match=r"d\.zip is damaged: 1 picture cannot be read \(7/b\.png\)"):
        file_formats.parse("d.zip", content)
    with pytest.raises(InputError, match=r"d\.zip is damaged. .*b\.png"):
        file_formats.find_in("d.zip", zipped({"7/b.png": b"no picture"}))


def test_a_folder_of_pictures_is_like_a_zip_of_them(tmp_path: Path) -> None:
    """Without what systems add."""
    (tmp_path / "3").mkdir()
    (tmp_path / "3" / "a.png").write_bytes(picture())
    for name in ("._a.png", ".DS_Store", "Thumbs.db"):
        (tmp_path / "3" / name).write_bytes(b"?")
    assert [drawing.label for drawing in file_formats.read(tmp_path)] == [3]


def test_damaged_zips_are_a_sentence() -> None:
    """Cut off, with flipped bits, empty, or no zip at all."""
    good = zipped({f"7/{n}.png": picture() for n in range(3)})
    for content in (b"", b"PK", b"no zip", zipped({}), zipped({"a.txt": b"x"}), good[1:]):
        with pytest.raises(InputError, match=r"d\.zip"):
            file_formats.parse("d.zip", content)
    random = np.random.default_rng(0)
    for number in range(200):
        damaged = bytearray(good)
        damaged[random.integers(len(good))] ^= 1 << random.integers(8)
        try:
            found = file_formats.parse("d.zip", bytes(damaged) if number % 4 else good[: random.integers(len(good))])
        except InputError:
            continue
        assert 1 <= len(found) <= 3


def test_an_unknown_ending_says_what_is_allowed() -> None:
    """And what was given."""
    with pytest.raises(InputError, match=r"d\.psd has an unknown ending\. Allowed: \.png"):
        file_formats.parse("d.psd", b"")


def test_an_encrypted_file_names_the_command_that_decrypts_it(tmp_path: Path) -> None:
    """Where nothing asks for the passphrase, such as in a prediction."""
    told = r"^d\.jsonl\.encrypted is encrypted\. Decrypt it first: mnist-studio decrypt d\.jsonl\.encrypted$"
    for read in (file_formats.read, file_formats.check):
        with pytest.raises(InputError, match=told):
            read(tmp_path / "d.jsonl.encrypted")


def test_an_empty_folder_has_no_picture(tmp_path: Path) -> None:
    """Nothing is listed then."""
    with pytest.raises(InputError, match=r" contains no picture\.$"):
        file_formats.read(tmp_path)


@pytest.mark.parametrize("name", ["d.png", "d.zip", "d.jsonl", "d.jsonl.gz"])
def test_what_is_no_file_is_refused_unread(name: str, tmp_path: Path) -> None:
    """Nothing, a folder, a file that is all holes."""
    path = tmp_path / name
    with pytest.raises(InputError, match="does not exist"):
        file_formats.read(path)
    path.mkdir()
    with pytest.raises(InputError, match="is a folder"):
        file_formats.read(path)
    path.rmdir()
    with path.open("wb") as file:
        file.truncate(60 * 2**30)
    with pytest.raises(InputError, match="64,424,509,440 bytes"):
        file_formats.read(path)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other special files")
def test_devices_and_pipes_are_refused_unread(tmp_path: Path) -> None:
    """By whatever name."""
    (tmp_path / "zero.jsonl").symlink_to("/dev/zero")
    os.mkfifo(tmp_path / "pipe.zip")
    for path in tmp_path.iterdir():
        with pytest.raises(InputError, match="a device or a pipe"):
            file_formats.read(path)


# ---- pictures out


def test_a_png_goes_there_and_back() -> None:
    """Each pixel enlarged to a square."""
    image = rasterize(SEVEN)
    enlarged = np.asarray(Image.open(io.BytesIO(png_files.png(image, scale=3))))
    np.testing.assert_array_equal(enlarged[1::3, 1::3], image)
    assert png_files.data_url(image).startswith("data:image/png;base64,iVBOR")


def test_a_contact_sheet_shows_every_image() -> None:
    """In rows, with a gap."""
    images = np.stack([np.full((28, 28), value, np.uint8) for value in (50, 100, 150)])
    sheet = png_files.contact_sheet(images, 2)
    assert sheet.shape == (62, 62)
    assert [sheet[10, 10], sheet[10, 40], sheet[40, 10], sheet[40, 40]] == [50, 100, 150, 40]


def test_a_confirmed_label_stays_confirmed_on_another_machine(workspace: Workspace) -> None:
    """Exported, imported, stored."""
    drawings = [Drawing(4, [[(0.0, 0.0), (1.0, 1.0)]], confirmed=True), Drawing(4, [[(0.0, 0.0), (2.0, 1.0)]])]
    found = file_formats.parse("a.jsonl", file_formats.to_jsonl(drawings))
    DrawingStore(workspace).add_new(file_formats.labelled(found, "a.jsonl"))
    assert [each.confirmed for each in DrawingStore(workspace).all()] == [True, False]
