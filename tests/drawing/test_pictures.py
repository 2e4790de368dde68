"""Pictures from anybody → grey values, and back."""

import io

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from mnist_core.common.errors import InputError
from mnist_core.data.synthetic import write
from mnist_core.drawing import pictures
from mnist_core.drawing.strokes import normalize_bitmap, rasterize

CORNER: npt.NDArray[np.uint8] = np.full((4, 6), 255, np.uint8)
CORNER[0, 0] = 0
"""White, with one black pixel at the top left."""


def encoded(picture: Image.Image, format: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, format, **options)
    return buffer.getvalue()


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA", "I;16"])
def test_every_kind_of_png_gives_its_grey_values(mode: str) -> None:
    """Black and white, grey, with a palette, in colour, with transparency, and in 16 bits."""
    if mode == "I;16":
        picture = Image.fromarray(CORNER.astype(np.uint16) * 257)
    else:
        picture = Image.fromarray(CORNER).convert(mode)
    np.testing.assert_array_equal(pictures.read_gray(encoded(picture), "a.png"), CORNER)


def test_a_jpeg_is_nearly_the_same() -> None:
    """Its own losses aside."""
    large = np.repeat(np.repeat(CORNER, 16, axis=0), 16, axis=1)
    gray = pictures.read_gray(encoded(Image.fromarray(large), "JPEG", quality=95), "a.jpg")
    assert np.abs(gray.astype(int) - large).max() < 10


def test_transparent_parts_become_white() -> None:
    """Whatever colour lies under them; ink that is half transparent becomes grey."""
    rgba = np.zeros((1, 3, 4), np.uint8)
    rgba[0, :, 3] = 0, 255, 128
    (row,) = pictures.read_gray(encoded(Image.fromarray(rgba)), "a.png")
    assert row[:2].tolist() == [255, 0]
    assert 120 <= row[2] <= 135


@pytest.mark.parametrize("ink", ["white", "black", "#ffe9a0", "#203080"])
@pytest.mark.parametrize("scale", [1, 40], ids=["small", "shrunk"])
def test_ink_on_nothing_is_seen_whatever_its_colour(ink: str, scale: int) -> None:
    """Light ink lies on black then, dark ink on white; both are read as the same digit."""
    stroke = Image.fromarray(rasterize(write(3, np.random.default_rng(4)))).resize((28 * scale, 28 * scale))
    picture = Image.new("RGBA", stroke.size, ink)
    picture.putalpha(stroke)
    read = normalize_bitmap(pictures.read_gray(encoded(picture), "a.png"))
    plain = normalize_bitmap(pictures.read_gray(encoded(stroke), "a.png"))
    assert (read > 0).any()
    assert np.abs(read.astype(int) - plain).mean() < 8


def test_a_paper_with_transparent_corners_stays_a_paper() -> None:
    """Its corners become white, as the paper is: on black they would be ink."""
    rgba = np.full((60, 60, 4), 255, np.uint8)
    rgba[20:40, 28:32, :3] = 0
    rgba[:8, :8, 3] = 0
    gray = pictures.read_gray(encoded(Image.fromarray(rgba)), "a.png")
    assert gray[0, 0] == 255
    assert (gray == 0).sum() == 80


@pytest.mark.parametrize(
    ("orientation", "corner"), [(1, (0, 0)), (2, (0, -1)), (3, (-1, -1)), (4, (-1, 0)), (6, (0, -1)), (8, (-1, 0))]
)
def test_a_camera_s_rotation_is_undone(orientation: int, corner: tuple[int, int]) -> None:
    """The black pixel goes where the camera's note says that it belongs."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    gray = pictures.read_gray(encoded(Image.fromarray(CORNER), exif=exif), "photo.png")
    assert gray.shape == ((6, 4) if orientation in (6, 8) else (4, 6))
    assert gray[corner] == 0
    assert (gray == 0).sum() == 1


@pytest.mark.parametrize(
    ("size", "becomes"), [((400, 200), (400, 200)), ((1000, 500), (400, 200)), ((8, 4000), (1, 400))]
)
def test_a_large_picture_is_shrunk(size: tuple[int, int], becomes: tuple[int, int]) -> None:
    """To the working side, its proportions kept; a smaller one is left as it is."""
    gray = pictures.read_gray(encoded(Image.new("L", size, 77)), "a.png")
    assert gray.shape == becomes[::-1]
    assert (gray == 77).all()


@pytest.mark.parametrize("format", ["GIF", "BMP", "TIFF", "WEBP"])
def test_other_formats_are_refused(format: str) -> None:
    """With the two that are allowed, whatever the file is called."""
    with pytest.raises(InputError, match=r"a\.png is not a PNG or JPEG"):
        pictures.read_gray(encoded(Image.fromarray(CORNER), format), "a.png")


@pytest.mark.parametrize("format", ["PNG", "JPEG"])
def test_a_cut_off_picture_is_refused(format: str) -> None:
    """Wherever it is cut: never a traceback, never half a picture."""
    whole = encoded(Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 40)).astype(np.uint8)), format)
    for length in range(0, len(whole) * 9 // 10, 37):
        with pytest.raises(InputError, match=r"a\.png is (damaged|not a PNG)"):
            pictures.read_gray(whole[:length], "a.png")


def test_too_many_pixels_are_refused_from_the_header(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit itself is allowed."""
    monkeypatch.setattr(pictures, "MAX_PIXELS", 24)
    assert pictures.read_gray(encoded(Image.fromarray(CORNER)), "a.png").shape == (4, 6)
    with pytest.raises(InputError, match=r"5×5 pixels; 24 in all"):
        pictures.read_gray(encoded(Image.new("L", (5, 5))), "a.png")


@pytest.mark.parametrize(("count", "columns"), [(1, 1), (5, 2), (4, 2), (3, 10)])
def test_a_contact_sheet_has_every_image_in_its_place(count: int, columns: int) -> None:
    """Row by row, with a gap around each; what no image covers is the ground."""
    images = np.stack([np.full((28, 28), 100 + number, np.uint8) for number in range(count)])
    sheet = pictures.contact_sheet(images, columns, gap=3)
    assert sheet.shape == (3 + 31 * -(-count // columns), 3 + 31 * columns)
    for number in range(count):
        top, left = 3 + 31 * (number // columns), 3 + 31 * (number % columns)
        assert (sheet[top : top + 28, left : left + 28] == 100 + number).all()
    assert (sheet == 40).sum() == sheet.size - count * 28 * 28
