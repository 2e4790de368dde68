"""Grey pictures of anything → the digit in them."""

import io
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis.extra.numpy import array_shapes, arrays
from PIL import Image, ImageDraw

from mnist_core.benchmarks import photographs
from mnist_core.common.errors import InputError
from mnist_core.data.synthetic import write
from mnist_core.drawing import picture_files, pictures
from mnist_core.drawing.strokes import BOX, SIDE, Gray, Strokes, rasterize
from mnist_core.models.predictor import Predictor
from mnist_core.models.registry import shipped

SEVEN: Strokes = [[(10.0, 10.0), (60.0, 10.0), (30.0, 110.0)]]


def longest_side(image: Gray) -> int:
    rows, columns = np.nonzero(image > 64)
    return int(1 + max(np.ptp(rows), np.ptp(columns)))


def picture_of(strokes: Strokes, side: int, pen: int, *, dark_on_light: bool = False) -> Gray:
    """A bitmap of `side` × `side` pixels with a pen of `pen` pixels, as a canvas or a photo would give it."""
    picture = Image.new("L", (side, side), 0)
    draw = ImageDraw.Draw(picture)
    for stroke in strokes:
        draw.line(list(stroke), fill=255, width=pen, joint="curve")
    gray = np.asarray(picture)
    return 255 - gray if dark_on_light else gray


@pytest.mark.parametrize("side", [100, 280, 1000])
@pytest.mark.parametrize("dark_on_light", [False, True])
def test_a_picture_is_read_like_its_strokes(side: int, dark_on_light: bool) -> None:
    """A bitmap of any size, light on dark or dark on light, comes out much like the same path rasterised."""
    strokes = [[(side * (0.2 + x / 200), side * (0.1 + y / 200)) for x, y in stroke] for stroke in SEVEN]
    image = pictures.digit(picture_of(strokes, side, max(2, side // 14), dark_on_light=dark_on_light)).image
    wanted = rasterize(strokes)
    assert image.shape == (SIDE, SIDE)
    assert abs(longest_side(image) - BOX) <= 1
    both = np.corrcoef(image.ravel().astype(float), wanted.ravel().astype(float))[0, 1]
    assert both > 0.75


def test_an_mnist_image_is_left_alone() -> None:
    """Light ink on a dark 28×28 ground is MNIST's own form already."""
    image = rasterize(SEVEN)
    np.testing.assert_array_equal(pictures.digit(image).image, image)


def test_specks_are_dropped() -> None:
    """A speck far from the digit does not shrink it."""
    picture = picture_of([[(100.0, 60.0), (150.0, 60.0), (120.0, 200.0)]], 300, 20).copy()
    clean = pictures.digit(picture).image
    picture[290:292, 290:292] = 255
    np.testing.assert_array_equal(pictures.digit(picture).image, clean)


@pytest.mark.parametrize("shape", [(1, 1), (1, 50), (50, 1), (28, 28), (300, 2), (64, 64)])
@pytest.mark.parametrize("value", [0, 128, 255])
def test_an_even_picture_has_no_ink(shape: tuple[int, int], value: int) -> None:
    """One grey value everywhere is not a digit: no NaN, no error."""
    image = pictures.digit(np.full(shape, value, np.uint8)).image
    assert image.shape == (SIDE, SIDE)
    assert not image.any()


@pytest.mark.parametrize("shape", [(0, 5), (5, 0), (3, 3, 3), (5,)])
def test_what_is_no_picture_is_refused(shape: tuple[int, ...]) -> None:
    """Only two-dimensional grey values can be read."""
    with pytest.raises(InputError, match="two-dimensional"):
        pictures.digit(np.zeros(shape, np.uint8))


def test_random_pictures_never_break_it() -> None:
    """Noise of any size gives a (28, 28) uint8 image."""
    random = np.random.default_rng(0)
    for _ in range(60):
        shape = random.integers(1, 40, size=2)
        picture = (random.random(shape) > random.random()).astype(np.uint8) * random.integers(0, 256, dtype=np.uint8)
        image = pictures.digit(picture).image
        assert image.shape == (SIDE, SIDE)
        assert image.dtype == np.uint8


@given(arrays(np.uint8, array_shapes(min_dims=2, max_dims=2, max_side=40)))
def test_every_picture_gives_an_image(gray: Gray) -> None:
    """(28, 28) uint8, of whatever shape and content; without ink where the picture is even."""
    found = pictures.digit(gray)
    assert (found.image.shape, found.image.dtype) == ((SIDE, SIDE), np.uint8)
    assert found.image.any() == (found.box is not None)
    if gray.min() == gray.max():
        assert not found.image.any()


def on_paper(picture: Gray) -> npt.NDArray[np.float64]:
    """Dark ink where the picture is light, on paper that is a third as light at its right edge as at its left one."""
    return (230 - 0.8 * picture) * np.linspace(1, 0.33, picture.shape[1])


def test_ink_does_not_depend_on_the_light() -> None:
    """It is 1 on the stroke and 0 beside it, in the light and in the dark."""
    picture = picture_of([[(40.0, 60.0), (260.0, 60.0)], [(150.0, 60.0), (100.0, 220.0)]], 300, 14)
    ink = pictures.ink(on_paper(picture))
    assert ink.dtype == np.float32
    assert (ink[picture == 255] > 0.9).mean() > 0.99
    assert (ink[picture == 0] < 0.1).mean() > 0.97


def test_marks_are_found_from_left_to_right() -> None:
    """A 5 whose bar lies apart is one mark; a speck is none."""
    one, bar, belly = [(250.0, 60.0), (250.0, 200.0)], [(60.0, 60.0), (110.0, 60.0)], [(60.0, 75.0), (90.0, 200.0)]
    picture = picture_of([one, bar, belly, [(180.0, 130.0), (181.0, 130.0)]], 320, 8)
    left, right = pictures.marks(pictures.ink(on_paper(picture)))
    assert abs(left.left - 60) < 8
    assert abs(left.top - 56) < 4
    assert abs(left.bottom - 204) < 4
    assert abs(right.left - 246) < 4
    assert abs(right.right - 254) < 4


def test_a_box_chooses_the_digit() -> None:
    """The ink in it is taken, and nothing else."""
    picture = picture_of([[(60.0, 60.0), (60.0, 200.0)], [(170.0, 60.0), (250.0, 60.0), (200.0, 200.0)]], 300, 8)
    box = pictures.Box(150, 40, 270, 220)
    found = pictures.digit(on_paper(picture), box=box)
    assert found.box == box
    alone = pictures.digit(on_paper(picture_of([[(170.0, 60.0), (250.0, 60.0), (200.0, 200.0)]], 300, 8)))
    assert np.abs(found.image.astype(int) - alone.image).mean() < 4


def test_polarity_can_be_turned_over() -> None:
    """A light seven on dark ground is found as such, and on demand the ground is the ink."""
    picture = picture_of(SEVEN, 120, 8)
    assert pictures.digit(picture).light_on_dark
    turned = pictures.digit(picture, light_on_dark=False)
    assert not turned.light_on_dark
    assert (turned.image != pictures.digit(picture).image).any()


def test_a_ground_without_grain_is_even_however_wide_the_ink_is() -> None:
    """A digit that is cut out closely and enlarged, as a stretched 1."""
    picture = Image.new("L", (120, 160))
    ImageDraw.Draw(picture).line([(30, 140), (90, 20)], fill=255, width=74)
    gray = np.asarray(picture)
    assert pictures.digit(gray).light_on_dark
    assert not pictures.digit(255 - gray).light_on_dark


@pytest.mark.parametrize("degrees", [0, 45, -45])
def test_a_stroke_that_crosses_a_line_stays_whole(degrees: float) -> None:
    """In whatever direction it does."""
    across = np.tan(np.radians(degrees)) * 90
    picture = picture_of([[(150 - across, 60.0), (150 + across, 240.0)]], 300, 5).copy()
    picture[147:153] = np.maximum(picture[147:153], 200)
    (mark,) = pictures.marks(pictures.ink(255 - 0.8 * picture))
    assert mark.height > 170


@pytest.mark.parametrize("light_on_dark", [True, False])
def test_mnist_s_own_images_stay_bit_for_bit(real_mnist: Path, light_on_dark: bool) -> None:
    """Its digits are framed already; as dark ink on light ground, they are turned over."""
    with np.load(real_mnist) as arrays:
        images = np.concatenate([arrays["x_train"][::20], arrays["x_test"][::20]])
    for image in images:
        found = pictures.digit(image if light_on_dark else 255 - image)
        assert found.light_on_dark == light_on_dark
        np.testing.assert_array_equal(found.image, image)


@pytest.fixture(scope="module")
def predictor() -> Predictor:
    return Predictor(shipped().onnx)


@pytest.mark.parametrize("kind", photographs.KINDS)
def test_each_kind_of_picture_is_predicted(kind: str, predictor: Predictor) -> None:
    """Eight digits of ten at the least; `bench pictures` has the exact shares."""
    rng = np.random.default_rng(3)
    written = [write(digit, rng) for digit in range(10)]
    contents = [photographs.KINDS[kind](strokes, rng) for strokes in written]
    images = [pictures.digit(picture_files.read_gray(content, "a")).image for content in contents]
    predicted = predictor.logits(np.stack(images)).argmax(axis=1)
    assert (predicted == range(10)).sum() >= 8


def test_an_empty_sheet_has_no_ink() -> None:
    """Its grain and the camera's noise are none, and neither is nothing on a transparent ground."""
    rng = np.random.default_rng(0)
    for light in (0.1, 0.5, 0.9):
        paper = 255 * light + rng.normal(0, 4, (240, 300))
        assert not pictures.digit(np.clip(np.rint(paper), 0, 255).astype(np.uint8)).image.any()
    buffer = io.BytesIO()
    Image.new("RGBA", (200, 200), (255, 255, 255, 0)).save(buffer, "PNG")
    assert not pictures.digit(picture_files.read_gray(buffer.getvalue(), "a.png")).image.any()


@pytest.mark.parametrize("shape", [(300, 300), (300, 800), (600, 400)])
@pytest.mark.parametrize("every", [20, 30, 60])
@pytest.mark.parametrize("squares", [False, True])
def test_empty_lined_paper_has_no_ink(shape: tuple[int, int], every: int, squares: bool) -> None:
    """What remains of lines where they cross is none."""
    paper = 235 + np.random.default_rng(0).normal(0, 4, shape)
    for line in range(20, shape[0], every):
        paper[line : line + 2] = 170
    for line in range(15, shape[1], every) if squares else ():
        paper[:, line : line + 2] = 170
    assert not pictures.digit(np.clip(paper, 0, 255).astype(np.uint8)).image.any()
