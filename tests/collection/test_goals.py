"""When a collection is balanced."""

import pytest

from mnist_core.collection.goals import WANTED, lacking


@pytest.mark.parametrize("counts", [[0] * 10, [1] * 10, [3] * 9 + [2], [WANTED] * 9 + [90], []])
def test_similar_counts_lack_nothing(counts: list[int]) -> None:
    """However few or many there are."""
    assert lacking(counts) == {}


def test_rare_digits_lack_drawings() -> None:
    """As many as the others have, up to the goal."""
    assert lacking([4, 1, 4, 4, 0, 4, 4, 4, 4, 2]) == {1: 3, 4: 4}
    assert lacking([90, 2] + [5] * 8) == {1: 3}
