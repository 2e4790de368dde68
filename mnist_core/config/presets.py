"""Presets of a training, from a few seconds to hours. docs/experiments/training.md has the figures behind them."""

from dataclasses import dataclass
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


@dataclass(frozen=True)
class Offer:
    """What is said of a preset that is offered."""

    accuracy: str
    """On MNIST's test set."""
    teaches: str


OFFERED = {
    "blink": Offer("98.64%", N_("How far a few seconds go: the fast network, one epoch on a fifth of MNIST.")),
    "sprint": Offer("99.10%", N_("What more images bring: the fast network, one epoch on half of MNIST.")),
    "articles": Offer("97.59%", N_("What most tutorials train, without convolutions: one hidden layer, five epochs.")),
    "quick": Offer("99.49%", N_("How small shifts help: the fast network, four epochs.")),
    "lenet": Offer("99.00%", N_("Where convolutional networks began: LeCun's network of 1998, six epochs.")),
    "balanced": Offer("99.58%", N_("A good start for your own changes: the cnn network, three epochs.")),
    "lstm": Offer("99.15%", N_("An image as a sequence: a recurrent network reads it row by row, eight epochs.")),
    "transformer": Offer("99.46%", N_("Attention between the patches of an image, seven epochs.")),
    "tiny": Offer("99.5%", N_("How few weights are enough: 9,226 weights, thirty epochs.")),
    "resnet": Offer("99.68%", N_("Residual blocks, and five views averaged at each prediction; seven epochs.")),
    "accurate": Offer("99.74%", N_("What strong augmentation can do: the deep network, fifteen epochs.")),
    "ensemble": Offer("99.75%", N_("Errors that average out: an ensemble of three accurate networks in one model.")),
}
"""Name → what is said of it, of the presets that are offered; the quickest training first."""

LEFT_OPEN = {"name", "dataset", "drawings", "outlier_drawings", "precision", "device", "seed"}
"""The fields that a preset neither sets nor is recognised by."""


def offered() -> Text:
    """The names of the presets that are offered. The others are for the program itself."""
    return listed(map(repr, OFFERED))


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
