"""From which score on a point takes an image for a digit."""

import numpy as np
import pytest

from mnist_core.engine.compression.thresholds import Thresholds
from mnist_core.evaluation.outputs import Outputs


def _lying_at(quantile: float) -> Outputs:
    """Scores of which this one is the quantile."""
    scores = np.linspace(quantile - 0.005, quantile + 0.995, 1001).astype(np.float32)
    return Outputs(np.zeros((1001, 10), np.float32), scores)


@pytest.mark.parametrize("quantile", [-20.0, -2.0, 7.0])
def test_the_base_keeps_its_threshold(quantile: float) -> None:
    """On images of another data set, and on images of which it is surer than of the hands that it was calibrated on."""
    assert Thresholds.of_base(-2.0, _lying_at(quantile)).of(_lying_at(quantile)) == pytest.approx(-2.0)


@pytest.mark.parametrize(
    ("base", "point", "threshold"),
    [(7.0, 6.0, -2.0), (7.0, -3.0, -3.0), (-2.0, -2.5, -2.5), (-20.0, -20.5, -2.5), (-20.0, 5.0, -2.0)],
)
def test_a_point_has_it_too_or_a_lower_one(base: float, point: float, threshold: float) -> None:
    """It falls only by what the compression has changed, and never rises."""
    assert Thresholds.of_base(-2.0, _lying_at(base)).of(_lying_at(point)) == pytest.approx(threshold, abs=1e-3)


def test_without_a_threshold_the_images_give_one() -> None:
    """As of a model from an earlier version."""
    thresholds = Thresholds.of_base(None, _lying_at(3.0))
    assert [thresholds.of(_lying_at(each)) for each in (3.0, 4.0, 1.0)] == pytest.approx([3.0, 3.0, 1.0], abs=1e-3)
