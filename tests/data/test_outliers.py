"""The non-digits that the program draws."""

from itertools import pairwise

import numpy as np
import pytest

from mnist_core.data.letters import CAPITALS, COMPANIONS, SMALL, SYMBOLS
from mnist_core.data.outliers import KINDS, draw, generate, is_clear
from mnist_core.data.pictograms import PICTOGRAMS
from mnist_core.drawing.strokes import SIDE, parse, rasterize


def test_the_same_seed_draws_the_same_pictures() -> None:
    """`generate` depends on its seed and on nothing else; another seed gives other pictures."""
    images = generate(60, seed=1)
    assert images.shape == (60, SIDE, SIDE)
    assert images.dtype == np.uint8
    np.testing.assert_array_equal(images, generate(60, seed=1))
    assert not np.array_equal(images, generate(60, seed=2))


def test_nothing_to_draw() -> None:
    """No pictures are an empty array of the usual shape, not an error."""
    assert generate(0, seed=1).shape == (0, SIDE, SIDE)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_a_drawing(kind: str) -> None:
    """Each kind gives strokes as a person's drawing would come; ink is seen, and no two are alike."""
    rng = np.random.default_rng(3)
    drawings = [KINDS[kind](rng) for _ in range(8)]
    for strokes in drawings:
        assert parse(strokes) == strokes
        image = rasterize(strokes)
        assert 0.01 < image.mean() / 255 < 0.7
        assert (image > 200).any()
    assert len({str(strokes) for strokes in drawings}) == len(drawings)


def test_kinds_can_be_left_out() -> None:
    """Only the kinds that are asked for are drawn, in any number of them."""
    assert len(KINDS) >= 40
    one = np.random.default_rng(4)
    other = np.random.default_rng(4)
    other.integers(1)
    assert draw(one, kinds=["heart"]) == KINDS["heart"](other)
    faces = generate(20, seed=5, kinds=["face"])
    assert not np.array_equal(faces, generate(20, seed=5, kinds=["face", "heart"]))


def test_letters_that_may_pass_for_a_digit_are_not_clear() -> None:
    """A drawing without a character is known to be something else."""
    assert [character for character in ("A", "o", "l", "O", "k", "#", None) if is_clear(character)] == [
        "A", "k", "#", None,
    ]  # fmt: skip


def test_an_unknown_kind_is_an_error() -> None:
    """A kind that does not exist is not skipped in silence."""
    with pytest.raises(KeyError, match="unicorn"):
        generate(1, seed=1, kinds=["unicorn"])


@pytest.mark.parametrize("table", [CAPITALS, SMALL, COMPANIONS, SYMBOLS, PICTOGRAMS])
def test_every_template_can_be_drawn(table: dict[str, tuple[str, ...]]) -> None:
    """Each stroke has two points or more, none twice in a row, and no corner at its ends."""
    strokes = [stroke.split() for texts in table.values() for text in texts for stroke in text.split(";")]
    for words in strokes:
        assert len(words) >= 2, words
        assert all(here.rstrip("!") != there.rstrip("!") for here, there in pairwise(words)), words
        assert not words[0].endswith("!"), words
        assert not words[-1].endswith("!"), words
