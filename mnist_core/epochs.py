"""Which epoch's weights remain of a training."""

from collections.abc import Sequence


def kept(losses: Sequence[float], errors: Sequence[float]) -> int:
    """The index of the last epoch that cannot be told from the best one, after the one-standard-error rule.

    The least of many noisy losses is partly luck, and a falling learning rate makes the last epochs the better ones.
    So a later epoch stands for the best one as long as its loss is within one standard error of the least (Breiman
    et al. 1984, who take the simplest such model). Once the network overfits, the loss leaves that range.

    Args:
        losses: each epoch's validation loss; at least one.
        errors: the standard error of each.
    """
    best = min(range(len(losses)), key=losses.__getitem__)
    return max(epoch for epoch, loss in enumerate(losses) if loss <= losses[best] + errors[best])
