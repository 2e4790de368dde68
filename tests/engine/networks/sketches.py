"""Measure the architectures for their pictures: `python -m tests.engine.networks.sketches` writes them."""

import json
import math
from itertools import pairwise

import keras
import numpy as np
from keras import layers

from mnist_core.config.architectures import ARCHITECTURES
from mnist_core.config.schema import TrainConfig
from mnist_core.engine.networks.build import build
from mnist_core.evaluation.sketches import PATH, SIDE, Kind, Sketch, Stage

KIND: dict[type, Kind] = {
    layers.Conv2D: "convolution",
    layers.Dense: "dense",
    layers.EinsumDense: "dense",
    layers.RNN: "recurrent",
    layers.MultiHeadAttention: "attention",
}
IMAGES = 8
"""Random ones: pooling hides some changes of a single image."""


def measure(architecture: str) -> Sketch:
    """Build the network and look at its layers."""
    network = build(TrainConfig.checked(architecture=architecture))
    stages: list[Stage] = []
    for layer in network.layers:
        shape = layer.output.shape[1:]
        if (kind := KIND.get(type(layer))) is not None:
            stages = _with(stages, Stage(kind=kind, kernel=_kernel(layer), layers=1, shape=shape))
        elif stages and len(shape) == len(stages[-1].shape):  # pooling
            stages[-1] = stages[-1].model_copy(update={"shape": shape})
    return Sketch(
        stages=tuple(_joined(stages)),
        weights=network.count_params(),
        features=network.get_layer("logits").input.shape[-1],
        multiply_adds=sum(map(_multiply_adds, network.layers)),
        sees=_sees(network),
    )


def _kernel(layer: keras.Layer) -> int:
    return layer.kernel_size[0] if isinstance(layer, layers.Conv2D) else 0


def _with(stages: list[Stage], new: Stage) -> list[Stage]:
    """A dense layer within each place belongs to the attention before it; a 1×1 convolution beside others to those."""
    before = stages[-1] if stages else None
    within = before is not None and (before.kind, new.kind, len(new.shape)) == ("attention", "dense", 2)
    return stages if within or new.kernel == 1 else [*stages, new]


def _joined(stages: list[Stage]) -> list[Stage]:
    joined = stages[:1]
    for before, stage in pairwise(stages):
        if (stage.kind, stage.kernel, stage.shape) == (before.kind, before.kernel, before.shape):
            joined[-1] = joined[-1].model_copy(update={"layers": joined[-1].layers + 1})
        else:
            joined.append(stage)
    return joined


def _multiply_adds(layer: keras.Layer) -> int:
    """Of the products with weights, and of attention's products of places with places."""
    if type(layer) not in KIND:
        return 0
    matrices = sum(
        math.prod(weight.shape) for weight in layer.weights if len(weight.shape) > 1 and "bias" not in weight.name
    )
    shape = layer.output.shape[1:]
    times = math.prod(shape[:-1]) if len(shape) > 1 else 1
    attended = 2 * shape[0] ** 2 * shape[1] if isinstance(layer, layers.MultiHeadAttention) else 0
    return times * matrices + attended


def _sees(network: keras.Model) -> int:
    """Change each pixel of some images in turn; see which changes reach the middle place of the last map."""
    maps = [layer.output for layer in network.layers if type(layer) is layers.Conv2D]
    if not maps or any(isinstance(layer, layers.MultiHeadAttention) for layer in network.layers):
        return SIDE
    last = keras.Model(network.inputs, maps[-1])
    random = np.random.default_rng(0)
    reached = np.zeros((SIDE, SIDE), bool)
    for _ in range(IMAGES):
        image = random.integers(0, 256, (SIDE, SIDE), np.uint8)
        changed = np.repeat(image[None], SIDE * SIDE + 1, axis=0)
        changed[:-1].reshape(SIDE * SIDE, -1)[np.diag_indices(SIDE * SIDE)] ^= 128
        found = last.predict(changed, batch_size=SIDE * SIDE + 1, verbose=0)
        middle = found[:, found.shape[1] // 2, found.shape[2] // 2]
        reached |= (middle[:-1] != middle[-1]).any(axis=-1).reshape(SIDE, SIDE)
    rows, columns = (np.flatnonzero(reached.any(axis=axis)) for axis in (1, 0))
    return int(max(np.ptp(rows), np.ptp(columns)) + 1)


def main() -> None:
    """Write the sketches of all architectures."""
    values = {name: measure(name).model_dump(mode="json") for name in ARCHITECTURES}
    PATH.write_text(json.dumps(values, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
