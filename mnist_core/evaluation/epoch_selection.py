"""Which epoch's weights a training keeps."""

from collections.abc import Sequence


def kept(losses: Sequence[float], errors: Sequence[float]) -> int:
    """The index of the last epoch whose loss is within one standard error of the least.

    The least of many noisy losses is partly luck, and the last epochs have learned most, at the lowest rates. The loss
    of a network that overfits by more than the noise leaves the range. Breiman et al. (1984) select trees by the same
    range.

    Args:
        losses: each epoch's validation loss; at least one.
        errors: the standard error of each.
    """
    least = losses.index(min(losses))
    return max(epoch for epoch, loss in enumerate(losses) if loss <= losses[least] + errors[least])
