"""Drift: no false alarm, an early true one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnist_core.monitoring import drift


def stream(rng: np.random.Generator, count: int, shift: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """A skewed figure whose values depend on the digit; the shift is in standard deviations of its logarithm."""
    digits = rng.integers(0, 10, count)
    return np.exp(rng.normal(shift, 1, count)) + 10.0 * digits, digits


def test_without_a_shift_there_is_no_alarm() -> None:
    for seed in range(5):
        assert drift.changes("ink", *stream(np.random.default_rng(seed), 10_000)) == []


@pytest.mark.slow
def test_the_rate_of_false_alarms() -> None:
    """Of 1,000 figures over 10,000 drawings; in 4,000 simulated ones there was none."""
    streams = (stream(np.random.default_rng(seed), 10_000) for seed in range(1000))
    assert sum(bool(drift.changes("ink", *each)) for each in streams) <= 2


@pytest.mark.parametrize(("before", "shift"), [(150, 1.3), (250, -0.9), (700, 0.8), (700, -0.8), (3000, 0.8)])
def test_a_shift_is_found_within_200_drawings_and_dated(before: int, shift: float) -> None:
    rng = np.random.default_rng(before)
    old, new = stream(rng, before), stream(rng, 300, shift)
    values, digits = (np.concatenate(pair) for pair in zip(old, new, strict=True))
    (change,) = drift.changes("ink", values, digits)
    assert change.up == (shift > 0)
    assert before < change.alarm <= before + 200
    assert abs(change.since - before) <= 60
    assert change.over is None


def test_a_change_ends() -> None:
    rng = np.random.default_rng(1)
    parts = [stream(rng, 1000), stream(rng, 400, 1.0), stream(rng, 1000)]
    values, digits = (np.concatenate(each) for each in zip(*parts, strict=True))
    (change,) = drift.changes("ink", values, digits)
    assert change.over is not None
    assert 1400 < change.over <= 1700


def test_other_shares_of_the_digits_are_no_change() -> None:
    rng = np.random.default_rng(2)
    values, digits = stream(rng, 6000)
    kept = (digits > 6) | (np.arange(6000) < 2000)
    assert drift.changes("ink", values[kept], digits[kept]) == []


def test_the_mean_rank_is_that_of_the_compared_predictions() -> None:
    """Half of the later digits have no baseline. Each of the others lies above all of its own."""
    rng = np.random.default_rng(4)
    early = np.arange(260) < 100
    digits = np.where(early, rng.integers(0, 5, 260), rng.integers(0, 10, 260))
    (change,) = drift.changes("ink", np.where(early, 0, 10) + rng.random(260), digits)
    assert change.rank == pytest.approx(1.0)


def test_equal_values_are_no_change() -> None:
    digits = np.random.default_rng(3).integers(0, 10, 3000)
    assert drift.changes("height", np.full(3000, 20.0), digits) == []


@given(st.integers(0, 1500), st.integers(0, 2**32 - 1))
def test_any_length_is_accepted(count: int, seed: int) -> None:
    values, digits = stream(np.random.default_rng(seed), count)
    assert drift.changes("ink", values, digits) == []


def test_the_stability_index() -> None:
    rng = np.random.default_rng(4)
    digits = np.zeros(2000, int)
    deciles = [list(np.quantile(rng.normal(size=5000), np.arange(1, 10) / 10)), *[None] * 9]
    same = drift.stability_index(rng.normal(size=2000), digits, deciles)
    other = drift.stability_index(rng.normal(1, 1, 2000), digits, deciles)
    assert same < 0.03
    assert 0.5 < other < 2
    assert drift.stability_index(rng.normal(size=5), np.full(5, 3), deciles) == 0
