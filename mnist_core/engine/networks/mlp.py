"""The articles' own: Flatten, Dense 512."""

from keras import layers

from mnist_core.engine.networks.parts import Parts, Tensor


def body(x: Tensor, parts: Parts) -> Tensor:
    return parts.dropout(parts.dense(layers.Flatten()(x), 512))
