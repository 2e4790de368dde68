"""The settings that have no effect beside the others, so that a form need not show them."""

from collections.abc import Callable

from mnist_core.config.schema import BY_NAME, Augmentation, TrainConfig

AMOUNTS = [name for name in Augmentation.model_fields if name != "augmentation_probability"]
"""The settings that say how much an image is changed."""
BENDS = ("rotation", "zoom", "shear", "elastic")
"""Those of them that move each pixel by an amount of its own."""
HAS_EFFECT: dict[str, Callable[[TrainConfig], bool]] = {
    "momentum": lambda config: config.optimizer in ("muon", "sgd", "rmsprop"),
    "weight_decay": lambda config: config.optimizer in ("muon", "adamw"),
    "initializer": lambda config: not config.start_from,
    "augmentation_probability": lambda config: any(getattr(config, name) for name in AMOUNTS),
    "turn_images": lambda config: config.dataset not in BY_NAME,
}
"""Setting → whether it changes a training with these other settings. All others always do."""


def without_effect(config: TrainConfig) -> set[str]:
    """The settings that change nothing here."""
    return {name for name, has_effect in HAS_EFFECT.items() if not has_effect(config)}
