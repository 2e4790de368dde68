"""Which epoch's weights remain of a training."""

from collections.abc import Sequence


def kept(losses: Sequence[float], errors: Sequence[float]) -> int:
    """The index of the last epoch whose loss is within one standard error of the least.

    The least of many noisy losses is partly luck; the last epochs have learned most, and at the lowest rates. Once a
    network overfits by more than the noise, its loss leaves the range. Breiman et al. (1984) choose by the same range
    among trees.

    Args:
        losses: each epoch's validation loss; at least one.
        errors: the standard error of each.
    """
    least = losses.index(min(losses))
    return max(epoch for epoch, loss in enumerate(losses) if loss <= losses[least] + errors[least])
