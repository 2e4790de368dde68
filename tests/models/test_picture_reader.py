"""A picture of several digits is read as a number; a picture of one digit as ever."""

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageDraw

from mnist_core.data import synthetic
from mnist_core.data.numbers import put_together
from mnist_core.drawing import pictures
from mnist_core.drawing.picture_pieces import pieces
from mnist_core.models.number_reader import Number
from mnist_core.models.picture_reader import read_picture
from mnist_core.models.predictor import Predictor
from mnist_core.models.registry import shipped

PREDICTOR = Predictor(shipped().onnx, digit_threshold=shipped().card.digit_threshold)
Gray = npt.NDArray[np.uint8]


def picture(number: str, seed: int = 3, *, height: int = 60, margin: int = 20, squeeze: float = 0.0) -> Gray:
    """Dark ink on light paper.

    Args:
        squeeze: how far the digits are moved together, in heights.
    """
    rng = np.random.default_rng(seed)
    written = put_together([synthetic.write(int(digit), rng) for digit in number], rng)
    paths = [
        (np.array(stroke) - [squeeze * owner, 0]) * height
        for stroke, owner in zip(written.strokes, written.owners, strict=True)
    ]
    low = np.min([path.min(axis=0) for path in paths], axis=0) - margin
    size = np.max([path.max(axis=0) for path in paths], axis=0) - low + margin
    paper = Image.new("L", (int(4 * size[0]), int(4 * size[1])), 235)
    for path in paths:
        ImageDraw.Draw(paper).line([tuple(point) for point in (4 * (path - low)).tolist()], 24, 20, "curve")
    return np.asarray(paper.resize((int(size[0]), int(size[1])), Image.Resampling.BOX))


@pytest.mark.parametrize("number", ["2018", "407", "35", "968214", "11"])
def test_numbers_are_read(number: str) -> None:
    """Each digit with its box, from left to right, inside the picture; dark on light or the other way round."""
    gray = picture(number)
    found = read_picture(PREDICTOR, gray)
    assert found.text == number
    lefts = [each.box[0] for each in found.digits]
    assert lefts == sorted(lefts)
    for left, top, right, bottom in (each.box for each in found.digits):
        assert 0 <= left < right <= gray.shape[1]
        assert 0 <= top < bottom <= gray.shape[0]
        assert gray[int(top) : int(bottom) + 1, int(left) : int(right) + 1].min() < 100
    assert read_picture(PREDICTOR, 255 - gray).text == number


def test_most_numbers_are_read() -> None:
    """Of 40, in many of which some digits touch or nearly do."""
    rng = np.random.default_rng(5)
    numbers = ["".join(map(str, rng.integers(0, 10, rng.integers(2, 7)))) for _ in range(40)]
    found = [read_picture(PREDICTOR, picture(number, seed)).text for seed, number in enumerate(numbers)]
    assert sum(one == number for one, number in zip(found, numbers, strict=True)) >= 30


def test_digits_that_overlap_are_seldom_sure() -> None:
    """Two divisions of them are often about as good. Then the verdict is "not sure"; clear numbers stay sure."""
    rng = np.random.default_rng(8)
    numbers = ["".join(map(str, rng.integers(0, 10, 2))) for _ in range(40)]
    found = [read_picture(PREDICTOR, picture(number, seed, squeeze=0.2)) for seed, number in enumerate(numbers)]
    wrong = [one for one, number in zip(found, numbers, strict=True) if one.text != number]
    assert sum(one.verdict == "sure" for one in wrong) <= len(wrong) / 2
    assert read_picture(PREDICTOR, picture("2018")).verdict == "sure"


@pytest.mark.parametrize("digit", range(10))
def test_one_digit_is_as_ever(digit: int) -> None:
    """The same image, box and prediction as without the reader."""
    gray = picture(str(digit), seed=digit + 20)
    (found,) = read_picture(PREDICTOR, gray).digits
    wanted = pictures.digit(gray)
    assert (found.image == wanted.image).all()
    assert found.prediction == PREDICTOR.predict(wanted.image)


def test_touching_digits_are_cut_apart() -> None:
    """They are one connected mark."""
    gray = picture("38", squeeze=0.08)
    ink = pictures.ink(gray)
    assert len(pictures.marks(ink)) == 1
    assert pieces(ink).count > 1
    assert read_picture(PREDICTOR, gray).text == "38"


def test_a_large_picture_is_read_like_a_small_one() -> None:
    small, large = (read_picture(PREDICTOR, picture("2026", height=height, margin=height // 3)) for height in (50, 300))
    assert small.text == large.text == "2026"
    for one, other in zip(small.digits, large.digits, strict=True):
        assert np.allclose(np.array(one.box) * 6, other.box, atol=30)


def test_digits_may_reach_the_edge() -> None:
    """The stem of a 1 from edge to edge is no ruled line."""
    gray = picture("1012", margin=0)
    assert read_picture(PREDICTOR, gray).text == "1012"


@pytest.mark.parametrize("number", ["2026", "71", "11"])
@pytest.mark.parametrize("light", [60, 170])
def test_the_line_of_a_margin_is_no_digit(number: str, light: int) -> None:
    """It runs nearly from the top of the paper to the bottom, and the digits are much lower."""
    gray = np.pad(picture(number, margin=40), [(0, 0), (60, 60)], constant_values=235)
    gray[3:-4, 30:33] = light
    assert read_picture(PREDICTOR, gray).text == number


def test_a_blank_picture_is_no_number() -> None:
    for side in (28, 100):
        assert read_picture(PREDICTOR, np.full((side, side), 240, np.uint8)) == Number(())
    assert pieces(np.zeros((20, 20), np.float32)).count == 0


def test_a_28_by_28_picture_is_one_digit() -> None:
    """As MNIST has it."""
    image, label = (array[0] for array in synthetic.generate(1, seed=9))
    (digit,) = read_picture(PREDICTOR, image).digits
    assert (digit.image == image).all()
    assert digit.prediction.digit == label


def test_noise_is_read_without_an_error() -> None:
    """Of any shape."""
    rng = np.random.default_rng(1)
    for shape in ((1, 1), (1, 300), (300, 2), (40, 200), (200, 200)):
        found = read_picture(PREDICTOR, rng.integers(0, 256, shape).astype(np.uint8))
        assert len(found.text) == len(found.digits)
