"""The learning rate over a training."""

from typing import get_args

import pytest

from mnist_core.config.schedules import factor
from mnist_core.config.schema import Schedule

NAMES = get_args(Schedule)


@pytest.mark.parametrize("name", NAMES)
def test_a_factor_lies_between_0_and_1(name: Schedule) -> None:
    """Everywhere, and it is 1 somewhere: the chosen rate is the highest."""
    values = [factor(name, step / 1000) for step in range(1001)]
    assert min(values) >= 0
    assert max(values) == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("constant", [1, 1, 1, 1, 1]),
        ("cosine", [1, 0.853553, 0.5, 0.146447, 0]),
        ("one-cycle", [0.04, 1, 0.75, 0.25, 0]),
        ("exponential", [1, 0.316228, 0.1, 0.0316228, 0.01]),
        ("step", [1, 1, 0.1, 0.01, 0.01]),
    ],
)
def test_the_values_at_the_quarters(name: Schedule, wanted: list[float]) -> None:
    """At 0, ¼, ½, ¾ and 1 of the training."""
    assert [factor(name, quarter / 4) for quarter in range(5)] == pytest.approx(wanted, abs=1e-6)
