"""The names of settings in version 0.1. Its files and commands keep working for one version."""

from typing import Any

FIELDS = {
    "members": "ensemble_size",
    "views": "test_time_views",
    "weight_averaging": "ema_decay",
    "samples": "train_subset",
    "generated": "synthetic_samples",
    "augmented_share": "augmentation_probability",
    "variation": "augmentation_strength",
    "doubtful": "label_issues",
    "earlier": "include_earlier",
}
"""Old name → new name, of a training's and of a fine-tuning's settings."""

VALUES: dict[str, dict[Any, Any]] = {
    "label_issues": {"leave out": "exclude", "learn": "include"},
    "include_earlier": {"learn again": True, "unlearn": False},
    "trainable": {"last half": "last-half"},
}
"""New name → old value → new value."""


def upgraded(settings: dict[str, Any]) -> dict[str, Any]:
    """Settings as version 0.1 stored them → under today's names; others stay as they are."""
    renamed = {FIELDS.get(name, name): value for name, value in settings.items()}
    return {
        name: VALUES[name].get(value, value) if name in VALUES and isinstance(value, str) else value
        for name, value in renamed.items()
    }
