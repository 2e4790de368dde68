"""The threshold of "not a digit" of each point: the base's, which may be a little lower for a point."""

from dataclasses import dataclass

from mnist_core.evaluation.calibration import digit_threshold
from mnist_core.evaluation.outputs import Outputs


@dataclass(frozen=True)
class Thresholds:
    """The base was calibrated on hands that may be missing here, so its threshold never rises.

    It does not fall because the validation images look strange to the base, such as those of another data set. It falls
    by as much as the scores of a point lie below those of the base.
    """

    base: float
    expected: float
    """A point whose quantile of the validation images' scores is at least this has the base's threshold."""

    @classmethod
    def of_base(cls, threshold: float | None, validated: Outputs) -> "Thresholds":
        """
        Args:
            threshold: on the base's card; None if it has none.
            validated: what the base predicts for the validation images.
        """
        quantile = digit_threshold(validated)
        threshold = quantile if threshold is None else threshold
        return cls(threshold, min(threshold, quantile))

    def of(self, validated: Outputs) -> float:
        """The threshold of a point, by what it predicts for the validation images."""
        return self.base + min(0.0, digit_threshold(validated) - self.expected)
