"""Numbers in sentences."""

import pytest

from mnist_core.common.text import a, some, were


def test_eight_takes_an() -> None:
    """The only digit that begins with a vowel's sound."""
    assert [a(digit) for digit in range(10)] == [f"{'an' if digit == 8 else 'a'} {digit}" for digit in range(10)]


@pytest.mark.parametrize(
    ("count", "words", "sentence"),
    [
        (0, "0 drawings", "0 drawings were"),
        (1, "1 drawing", "1 drawing was"),
        (2, "2 drawings", "2 drawings were"),
        (12_345, "12,345 drawings", "12,345 drawings were"),
    ],
)
def test_one_is_singular(count: int, words: str, sentence: str) -> None:
    """Any other number is plural, and thousands are parted."""
    assert some(count, "drawing") == words
    assert were(count, "drawing") == sentence
