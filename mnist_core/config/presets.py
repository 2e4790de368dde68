"""Presets of a training, from a few seconds to hours. docs/experiments/training.md has the figures behind them."""

from typing import Any

from mnist_core.common.language import N_, Text, listed
from mnist_core.config.schema import TrainConfig

_FAST = {"architecture": "fast", "batch_size": 256, "learning_rate": 0.01, "momentum": 0.6, "weight_decay": 0.0}
_IN_SECONDS = {**_FAST, "batch_size": 192, "epochs": 1, "label_smoothing": 0.1, "shift": 0.0, "validation_share": 0.02}
_REFUSING = {"outliers": 6_000}
_MILDLY_CHANGED = {"shift": 1.0, "rotation": 8.0, "zoom": 0.08, "augmentation_probability": 0.7}
_ACCURATE = {
    "architecture": "deep",
    "epochs": 15,
    "learning_rate": 0.006,
    "ema_decay": 0.999,
    "dropout": 0.3,
    "validation_share": 0.05,
    "shift": 1.0,
    "rotation": 10.0,
    "zoom": 0.1,
    "shear": 0.1,
    "elastic": 0.5,
    "augmentation_probability": 0.85,
    "test_time_views": 5,
    **_REFUSING,
}

_AVERAGED = {"ema_decay": 0.998, "dropout": 0.1, "validation_share": 0.05, **_MILDLY_CHANGED}

PRESETS: dict[str, dict[str, Any]] = {
    "balanced": {},
    "blink": {**_IN_SECONDS, "train_subset": 12_000, "learning_rate": 0.02},
    "sprint": {**_IN_SECONDS, "train_subset": 30_000, "learning_rate": 0.015},
    "quick": {**_FAST, "epochs": 4, "validation_share": 0.05},
    "tiny": {
        "architecture": "tiny",
        "epochs": 30,
        "optimizer": "adamw",
        "learning_rate": 0.01,
        "ema_decay": 0.995,
        **_MILDLY_CHANGED,
    },
    "accurate": _ACCURATE,
    "ensemble": {**_ACCURATE, "ensemble_size": 3},
    "articles": {
        "architecture": "mlp",
        "initializer": "glorot_uniform",
        "epochs": 5,
        "batch_size": 64,
        "optimizer": "adam",
        "learning_rate": 0.001,
        "schedule": "constant",
        "shift": 0.0,
    },
    "shipped": {
        "name": "MNIST Studio",
        "architecture": "deep",
        "synthetic_samples": 16_000,
        "outliers": 12_000,
        "validation_share": 0.05,
        "epochs": 40,
        "batch_size": 256,
        "learning_rate": 0.006,
        "ema_decay": 0.9995,
        "dropout": 0.3,
        "shift": 1.0,
        "rotation": 10.0,
        "zoom": 0.1,
        "shear": 0.15,
        "elastic": 0.6,
        "stroke_width": 0.3,
        "augmentation_probability": 0.85,
    },
    "lenet": {
        "architecture": "lenet",
        "activation": "tanh",
        "initializer": "glorot_uniform",
        "epochs": 6,
        "optimizer": "adam",
        "learning_rate": 0.002,
        "shift": 0.0,
    },
    "lstm": {"architecture": "lstm", "epochs": 8, "learning_rate": 0.001, **_AVERAGED},
    "transformer": {
        "architecture": "transformer",
        "activation": "gelu",
        "epochs": 7,
        "learning_rate": 0.0005,
        **_AVERAGED,
        **_REFUSING,
    },
    "resnet": {
        "architecture": "resnet",
        "epochs": 7,
        "learning_rate": 0.005,
        "ema_decay": 0.999,
        "dropout": 0.2,
        "validation_share": 0.05,
        "rotation": 9.0,
        "zoom": 0.09,
        "shear": 0.1,
        "elastic": 0.4,
        "augmentation_probability": 0.8,
        "test_time_views": 5,
        **_REFUSING,
    },
}
"""Name → the fields in which a preset differs from the defaults, which are those of `balanced`."""

NOTES = {
    "blink": N_("The fast network, one epoch on a fifth of MNIST: above 98.4% in a few seconds."),
    "sprint": N_("The fast network, one epoch on half of MNIST: above 99.0%."),
    "quick": N_("The fast network, four epochs with small shifts: about 99.4% in half a minute."),
    "balanced": N_("The cnn network, three epochs with small shifts: about 99.6% in 1 to 3 minutes."),
    "tiny": N_("Fewer than 10,000 weights, thirty epochs: about 99.5%."),
    "accurate": N_(
        "The deep network, fifteen epochs with strong augmentation: 99.7% in 10 to 40 minutes without a GPU."
    ),
    "ensemble": N_("An ensemble of three accurate networks in one model: 30 minutes to two hours without a GPU."),
    "articles": N_("The network of most tutorials: one hidden layer, five epochs."),
    "lenet": N_("LeCun's network of 1998, six epochs: about 99.0% in half a minute."),
    "lstm": N_("A recurrent network that reads an image row by row, eight epochs: about 99.1% in a few minutes."),
    "transformer": N_("Attention between the patches of an image, seven epochs: about 99.5% in a few minutes."),
    "resnet": N_(
        "Residual blocks, seven epochs, averages five views when it predicts: about 99.7% in several minutes."
    ),
}
"""Name → description, of the presets that are offered; the accuracies are those on MNIST's test set."""

LEFT_OPEN = {"name", "dataset", "drawings", "outlier_drawings", "precision", "device", "seed"}
"""The fields that a preset neither sets nor is recognised by."""


def offered() -> Text:
    """The names of the presets that are offered. A preset without a note is for the program itself."""
    return listed(map(repr, NOTES))


def preset_of(config: TrainConfig) -> str:
    """The preset that `config` equals in all fields but `LEFT_OPEN`; empty if there is none."""
    fields = config.model_dump(exclude=LEFT_OPEN)
    for name, preset in PRESETS.items():
        if TrainConfig(**preset).model_dump(exclude=LEFT_OPEN) == fields:
            return name
    return ""


def title_of(config: TrainConfig) -> str:
    """What a training without a name is called, in every language: its preset, otherwise its architecture."""
    return preset_of(config) or f"{config.architecture} network"
