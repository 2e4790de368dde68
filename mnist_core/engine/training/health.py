"""What is wrong with a training, in words, and what to try."""

from mnist_core.common.language import N_, Text, _

VANISHING = 1e-6
EXPLODING = 1e3

NOT_FINITE = N_(
    "The loss became NaN or infinite, so the training was stopped. The last checkpoint before that was kept. "
    "Try a learning rate ten times smaller, another schedule, or float32 precision."
)


def diagnose(norms: dict[str, float]) -> Text | None:
    """Gradient norm by layer → a warning, or None when all is well."""
    largest, smallest = max(norms, key=norms.__getitem__), min(norms, key=norms.__getitem__)
    if norms[largest] > EXPLODING:
        return _(
            "Exploding gradients: the gradient norm of layer {layer} is above {limit:,.0f}. "
            "Try a smaller learning rate or he_uniform initialisation.",
            layer=largest,
            limit=EXPLODING,
        )
    if norms[smallest] < VANISHING:
        return _(
            "Vanishing gradients: the gradient norm of layer {layer} is below {limit:g}, so it has almost stopped "
            "learning. Try relu instead of sigmoid or tanh, another initialiser, or less L1/L2.",
            layer=smallest,
            limit=VANISHING,
        )
    return None
