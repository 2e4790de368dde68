"""The points of a compression compared with the model itself, in words and in a chart."""

import pytest

from mnist_core.evaluation.compression import CompressedPoint, Score
from mnist_core.evaluation.trade_off import SIZES, accuracies, change_text, compared, suggested
from mnist_core.evaluation.trade_off_chart import levels, told, trade_off
from tests.evaluation.points import BASE, INT8, POINTS, TINY, point, pruned


def test_what_a_point_gains_and_loses_is_a_line() -> None:
    """A zip file shows what pruning has gained; the same accuracy is no difference of 0."""
    by_key = {each.key: compared(each, BASE, "validation") for each in POINTS}
    assert by_key["int8"] == "27% of the size, -0.02 percentage points, 2.0× as fast"
    assert by_key["sparse50"] == "100% of the size (56% zipped), as accurate, 1.0× as fast"
    assert compared(POINTS[1], BASE, "own_drawings") == "27% of the size, –, 2.0× as fast"


@pytest.mark.parametrize(
    ("points", "key"),
    [
        (POINTS, "int8"),
        ((BASE, point(TINY, right=4900), point(pruned(0.9), right=4950)), "sparse90"),
        ((BASE,), "base"),
    ],
    ids=["smallest", "most accurate", "nothing else"],
)
def test_the_suggested_point_is_small_and_as_good(points: tuple[CompressedPoint, ...], key: str) -> None:
    """Without such a point, the most accurate one."""
    assert suggested(points).key == key


@pytest.mark.parametrize("count", [1000, 3000, 5000, 10_000, 60_000])
def test_the_suggested_point_may_lose_one_image_of_a_thousand(count: int) -> None:
    """Exactly, however the shares are rounded."""
    for right in range(count - 100, count + 1):
        base, large, small, smallest = (
            point(validation=Score(right=right - lost, count=count), zipped=zipped)
            for lost, zipped in ((0, 9000), (0, 8000), (count // 1000, 7000), (count // 1000 + 1, 6000))
        )
        assert suggested([base, large, small, smallest]) is small


@pytest.mark.parametrize(
    ("right", "count", "text"),
    [(59_990, 60_000, "-0.002"), (4980, 5000, "-0.02"), (99, 100, "-1.00"), (9990, 10_000, "-0.01")],
)
def test_one_image_is_a_difference(right: int, count: int, text: str) -> None:
    """And never -0.00."""
    base, less = (point(validation=Score(right=each, count=count)) for each in (right, right - 1))
    assert change_text(less, base, "validation") == f"{text} percentage points"


def test_accuracies_are_those_that_were_measured() -> None:
    assert accuracies(POINTS) == ["validation"]
    assert accuracies([point(drawings=Score(right=1, count=2))]) == ["validation", "drawings"]


def test_a_line_goes_through_the_levels_of_pruning() -> None:
    """From what was not pruned to the sparsest, and apart from that through the int8 forms."""
    lines = [[each.key for each in line] for line in levels(POINTS)]
    assert lines == [["base", "sparse50", "sparse80"], ["int8", "sparse80-int8"]]
    after = [point(TINY), point(TINY, pruned(0.5))]
    assert [each.key for line in levels([BASE, *after]) for each in line] == ["tiny", "tiny-sparse50"]


@pytest.mark.parametrize("size", SIZES)
def test_the_chart_has_every_point_once(size: str) -> None:
    """In its group, which has a colour and a mark of its own, and with all its figures under the mouse."""
    figure = trade_off(POINTS, "validation", size)
    groups = {trace.name: trace for trace in figure.data if trace.name}
    assert list(groups) == ["the model itself", "int8", "pruned", "pruned, int8", "distilled"]
    assert sum(len(trace.x) for trace in groups.values()) == len(POINTS)
    looks = {(trace.marker.color, trace.marker.symbol) for trace in groups.values()}
    assert len(looks) == len(groups)
    assert list(groups["pruned"].text) == ["80%", "50%"]
    assert groups["int8"].customdata[0] == told(POINTS[1], BASE)
    assert groups["int8"].y[0] == 4979 / 5000


def test_a_point_tells_all_its_figures() -> None:
    said = told(point(pruned(0.5), INT8, bytes=100_000, nonzero=510), BASE)
    assert said.split("<br>") == [
        "<b>50% pruned, int8</b>",
        "File: 100 kB (25%)",
        "Zipped: 360 kB (100%)",
        "Weights that are not 0 in float32: 510 of 1,000",
        "Time for an image: 0.200 ms (1.0× as fast)",
        "Validation images: 99.60%, 4,980 of 5,000 (as accurate)",
        "Non-digits refused: 98.0%",
    ]


def test_what_was_not_measured_is_not_in_the_chart() -> None:
    points = (point(test=Score(right=9, count=10)), point(INT8))
    (trace,) = trade_off(points, "test", "bytes").data
    assert (trace.name, len(trace.x)) == ("the model itself", 1)
