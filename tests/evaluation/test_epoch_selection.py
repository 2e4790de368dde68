"""Which epoch's weights remain."""

import pytest

from mnist_core.evaluation.epoch_selection import kept


@pytest.mark.parametrize(
    ("losses", "expected"),
    [
        ([0.5], 0),
        ([0.5, 0.4, 0.3], 2),
        ([0.5, 0.30, 0.31, 0.32, 0.33], 3),
        ([0.5, 0.30, 0.40, 0.31, 0.60], 3),
        ([0.3, 0.4, 0.5], 0),
    ],
)
def test_the_last_epoch_that_is_as_good_as_the_best_is_kept(losses: list[float], expected: int) -> None:
    """A loss within one standard error, 0.02, of the least counts as least; one beyond, of overfitting, does not."""
    assert kept(losses, [0.02] * len(losses)) == expected


def test_the_error_of_the_best_epoch_is_the_measure() -> None:
    """A later epoch is not kept because its own loss is uncertain."""
    assert kept([0.30, 0.35], [0.01, 0.5]) == 0
