"""What the architectures are made of, for a picture of each. tests/engine/networks/sketches.py measures it."""

import json
from functools import cache
from typing import Literal

from mnist_core.common.language import N_
from mnist_core.common.records import Part
from mnist_core.common.workspace import ASSETS

Kind = Literal["convolution", "dense", "recurrent", "attention"]
KINDS: dict[Kind, str] = {
    "convolution": N_("conv"),
    "dense": N_("dense"),
    "recurrent": N_("recurrent"),
    "attention": N_("attention"),
}
"""Kind of a layer → its short name."""
PATH = ASSETS / "sketches.json"
SIDE = 28
"""Pixels of an image's side."""


class Stage(Part):
    """Layers of one kind, one after the other, whose outputs have the same shape."""

    kind: Kind
    kernel: int
    """Pixels of the side of a convolution's kernel; 0 for other layers."""
    layers: int
    shape: tuple[int, ...]
    """Of the last one's output, after pooling: (height, width, channels), (places, channels) or (units,)."""


class Sketch(Part):
    """One architecture with its default settings."""

    stages: tuple[Stage, ...]
    weights: int
    features: int
    """What the logits are made of. A second output takes as many weights, and a bias."""
    multiply_adds: int
    """For one image."""
    sees: int
    """Pixels of the side of the square that one place of the last map depends on; 28 is the whole image."""

    def weights_of(self, networks: int, *, outputs: int) -> int:
        """The weights of an ensemble of such networks with one or two outputs."""
        return networks * (self.weights + (outputs - 1) * (self.features + 1))


@cache
def sketches() -> dict[str, Sketch]:
    """Architecture → its sketch."""
    return {name: Sketch(**values) for name, values in json.loads(PATH.read_text(encoding="utf-8")).items()}
