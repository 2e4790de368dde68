"""What more drawings should bring, by the accuracy after fewer."""

import pytest

from mnist_core.evaluation.learning_curve import WANTED, forecast
from mnist_core.evaluation.reports import LearningPoint


def points(*counts: tuple[int, int, int]) -> list[LearningPoint]:
    """(drawings, judged, right) each."""
    return [LearningPoint(drawings=drawings, judged=judged, right=right) for drawings, judged, right in counts]


@pytest.mark.parametrize(("half", "more"), [(14, 10), (30, 50)])
def test_it_continues_the_curve(half: int, more: int) -> None:
    """Of counts that lie on a hyperbola: as many drawings as it needs, in tens, or what twice as many bring."""
    judged = 10_000
    exact = points(*((n, judged, round(judged * (1 - 0.05 / (1 + n / half)))) for n in (0, 12, 25)))
    expected = forecast(exact, 50)
    assert expected is not None
    assert expected.more == more
    assert expected.share == pytest.approx(min(WANTED, 1 - 0.05 / (1 + (50 + more) / half)), abs=0.002)


def test_chance_is_no_curve() -> None:
    """One drawing more or less, or none at all."""
    assert forecast(points((0, 50, 47), (12, 75, 71), (25, 50, 48)), 50) is None
    assert forecast(points((0, 50, 47), (12, 75, 70), (25, 50, 46)), 50) is None
    assert forecast(points((0, 50, 50), (12, 75, 75), (25, 50, 50)), 50) is None


def test_enough_is_enough() -> None:
    """If the drawings should have brought it already, or the last ones have brought more, no more are asked for."""
    assert forecast(points((0, 100, 80), (25, 150, 148), (50, 100, 100)), 100) is None
    assert forecast(points((0, 50, 40), (12, 75, 70), (25, 50, 50)), 50) is None
