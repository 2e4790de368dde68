"""What a person may want of a compression → its settings."""

from dataclasses import dataclass, field
from typing import Any

from mnist_core.common.language import N_
from mnist_core.config.schema import CompressConfig


@dataclass(frozen=True)
class CompressPreset:
    """A choice that a page offers."""

    title: str
    note: str
    """What it does, in a sentence or two."""
    values: dict[str, Any] = field(default_factory=dict)
    """The settings that differ from the defaults."""


_ONE_EPOCH = {"epochs": 1, "batch_size": 256}

COMPRESS_PRESETS = {
    "int8": CompressPreset(
        N_("A quarter of the size"),
        N_(
            "The int8 form of the model: 8-bit integers. It takes seconds and trains nothing. An lstm hardly shrinks, "
            "because only convolutions and dense layers become int8."
        ),
    ),
    "low_rank": CompressPreset(
        N_("Less than a quarter"),
        N_(
            "Replaces large layers by two thin ones, trains them for an epoch, and makes the int8 form. The shipped "
            "model has 21% of its size after that, and the same accuracy on MNIST."
        ),
        {"low_rank": 0.8, **_ONE_EPOCH},
    ),
    "prune": CompressPreset(
        N_("Prune"),
        N_(
            "Sets the least important weights to 0, from 50% to 90% of them, and trains the others for an epoch each "
            "time. A zip file of the shipped model has 11% of its size at 80%, and the same accuracy on MNIST."
        ),
        {"sparsity": "50, 70, 80, 90", **_ONE_EPOCH},
    ),
    "distill": CompressPreset(
        N_("Distill into a smaller network"),
        N_(
            "Trains a network of the fast architecture to predict what the model predicts. It takes longest and makes "
            "the fastest model."
        ),
        {"distill_into": "fast", "batch_size": 256},
    ),
}
"""Code → preset. The first one is the default. docs/experiments/compression.md has the figures."""

FREE = {"name", "model", "dataset", "drawings", "device", "seed"}
"""The fields that a preset leaves as they are."""


def changed_from(preset: str, config: CompressConfig) -> list[str]:
    """The names of the fields in which a config differs from a preset, apart from `FREE`."""
    wanted = CompressConfig(**COMPRESS_PRESETS[preset].values)
    return [
        name
        for name in type(config).model_fields
        if name not in FREE and getattr(config, name) != getattr(wanted, name)
    ]
