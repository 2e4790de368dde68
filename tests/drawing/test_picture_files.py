"""Picture files from anybody → grey values."""

import io

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from mnist_core.common.errors import InputError
from mnist_core.data.synthetic import write
from mnist_core.drawing import picture_files, pictures
from mnist_core.drawing.strokes import rasterize

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
    np.testing.assert_array_equal(picture_files.read_gray(encoded(picture), "a.png"), CORNER)


def test_a_jpeg_is_nearly_the_same() -> None:
    """Its own losses aside."""
    large = np.repeat(np.repeat(CORNER, 16, axis=0), 16, axis=1)
    gray = picture_files.read_gray(encoded(Image.fromarray(large), "JPEG", quality=95), "a.jpg")
    assert np.abs(gray.astype(int) - large).max() < 10


def test_transparent_parts_become_white() -> None:
    """Whatever colour lies under them; ink that is half transparent becomes grey."""
    rgba = np.zeros((1, 3, 4), np.uint8)
    rgba[0, :, 3] = 0, 255, 128
    (row,) = picture_files.read_gray(encoded(Image.fromarray(rgba)), "a.png")
    assert row[:2].tolist() == [255, 0]
    assert 120 <= row[2] <= 135


@pytest.mark.parametrize("ink", ["white", "black", "#ffe9a0", "#203080"])
@pytest.mark.parametrize("scale", [1, 40], ids=["small", "shrunk"])
def test_ink_on_nothing_is_seen_whatever_its_colour(ink: str, scale: int) -> None:
    """Light ink lies on black then, dark ink on white; both are read as the same digit."""
    stroke = Image.fromarray(rasterize(write(3, np.random.default_rng(4)))).resize((28 * scale, 28 * scale))
    picture = Image.new("RGBA", stroke.size, ink)
    picture.putalpha(stroke)
    read = pictures.digit(picture_files.read_gray(encoded(picture), "a.png")).image
    plain = pictures.digit(picture_files.read_gray(encoded(stroke), "a.png")).image
    assert (read > 0).any()
    assert np.abs(read.astype(int) - plain).mean() < 8


def test_a_paper_with_transparent_corners_stays_a_paper() -> None:
    """Its corners become white, as the paper is: on black they would be ink."""
    rgba = np.full((60, 60, 4), 255, np.uint8)
    rgba[20:40, 28:32, :3] = 0
    rgba[:8, :8, 3] = 0
    gray = picture_files.read_gray(encoded(Image.fromarray(rgba)), "a.png")
    assert gray[0, 0] == 255
    assert (gray == 0).sum() == 80


@pytest.mark.parametrize(
    ("orientation", "corner"), [(1, (0, 0)), (2, (0, -1)), (3, (-1, -1)), (4, (-1, 0)), (6, (0, -1)), (8, (-1, 0))]
)
def test_a_camera_s_rotation_is_undone(orientation: int, corner: tuple[int, int]) -> None:
    """The black pixel goes where the camera's note says that it belongs."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    gray = picture_files.read_gray(encoded(Image.fromarray(CORNER), exif=exif), "photo.png")
    assert gray.shape == ((6, 4) if orientation in (6, 8) else (4, 6))
    assert gray[corner] == 0
    assert (gray == 0).sum() == 1


@pytest.mark.parametrize(
    ("size", "becomes"), [((400, 200), (400, 200)), ((1000, 500), (400, 200)), ((8, 4000), (1, 400))]
)
def test_a_large_picture_is_shrunk(size: tuple[int, int], becomes: tuple[int, int]) -> None:
    """To the working side, its proportions kept; a smaller one is left as it is."""
    gray = picture_files.read_gray(encoded(Image.new("L", size, 77)), "a.png")
    assert gray.shape == becomes[::-1]
    assert (gray == 77).all()


LOSSLESS = {"GIF": {}, "BMP": {}, "TIFF": {}, "WEBP": {"lossless": True}}


@pytest.mark.parametrize("format", LOSSLESS)
def test_other_formats_give_the_same_grey_values(format: str) -> None:
    """Whatever the file is called."""
    content = encoded(Image.fromarray(CORNER).convert("RGB"), format, **LOSSLESS[format])
    np.testing.assert_array_equal(picture_files.read_gray(content, "a.png"), CORNER)


@pytest.mark.parametrize("format", ["PPM", "ICO", "PCX", "TGA"])
def test_rare_formats_are_refused(format: str) -> None:
    """With those that are allowed."""
    with pytest.raises(InputError, match=r"a\.png is not a picture of these kinds: PNG, JPEG, GIF, BMP, WebP, TIFF"):
        picture_files.read_gray(encoded(Image.fromarray(CORNER), format), "a.png")


def test_a_heic_picture_names_what_opens_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the package is not installed."""
    monkeypatch.setattr(picture_files, "_formats", lambda: picture_files.FORMATS)
    with pytest.raises(InputError, match=r"is a HEIC picture.*pip install pillow-heif"):
        picture_files.read_gray(b"\0\0\0\x18ftypheic" + bytes(100), "IMG_1.HEIC")


@pytest.mark.parametrize(("dtype", "white"), [("<u2", 65535), ("<u2", 4095), (">u2", 1023), ("i4", 65535), ("f4", 1.0)])
def test_deep_tiffs_use_their_whole_range(dtype: str, white: float) -> None:
    """Scanners write 10 to 16 bits, other programs 0 to 1."""
    values = (CORNER > 0).astype(dtype) * np.asarray(white, dtype)
    gray = picture_files.read_gray(encoded(Image.fromarray(values), "TIFF"), "a.tiff")
    np.testing.assert_array_equal(gray, CORNER)


@pytest.mark.parametrize("format", ["PNG", "JPEG", "BMP", "TIFF", "WEBP"])
@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
def test_a_cut_off_picture_is_refused(format: str) -> None:
    """Wherever it is cut: never a traceback, never half a picture."""
    whole = encoded(Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 40)).astype(np.uint8)), format)
    for length in range(0, len(whole) * 9 // 10, 37):
        with pytest.raises(InputError, match=r"a\.png is (damaged|not a picture)"):
            picture_files.read_gray(whole[:length], "a.png")


def test_too_many_pixels_are_refused_from_the_header(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit itself is allowed."""
    monkeypatch.setattr(picture_files, "MAX_PIXELS", 24)
    assert picture_files.read_gray(encoded(Image.fromarray(CORNER)), "a.png").shape == (4, 6)
    with pytest.raises(InputError, match=r"5×5 pixels; 24 in all"):
        picture_files.read_gray(encoded(Image.new("L", (5, 5))), "a.png")
