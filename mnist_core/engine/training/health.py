"""What is wrong with a training, in words, and what to try."""

VANISHING = 1e-6
EXPLODING = 1e3

NOT_FINITE = (
    "The loss became NaN or infinite, so the training was stopped; the last finite checkpoint was kept. "
    "Try a learning rate ten times smaller, another schedule, or float32 precision."
)


def diagnose(norms: dict[str, float]) -> str | None:
    """Gradient norm by layer → a warning, or None when all is well."""
    largest, smallest = max(norms, key=norms.__getitem__), min(norms, key=norms.__getitem__)
    if norms[largest] > EXPLODING:
        return (
            f"Exploding gradients: {largest}'s norm is above {EXPLODING:,.0f}. "
            "Try a smaller learning rate, or he_uniform initialisation."
        )
    if norms[smallest] < VANISHING:
        return (
            f"Vanishing gradients: {smallest}'s norm is below {VANISHING}. It hardly learns any more. "
            "Try relu instead of sigmoid or tanh, another initialiser, or less L1/L2."
        )
    return None
