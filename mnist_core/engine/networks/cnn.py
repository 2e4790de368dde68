"""Four normalised convolutions; pooling comes before the rest of its stage, where it saves work."""

from keras import layers

from mnist_core.engine.networks.parts import Parts, Tensor


def body(x: Tensor, parts: Parts) -> Tensor:
    x = parts.conv_norm(x, 32, 5, padding="valid", pool=True)  # 28 → 24 → 12
    x = parts.conv_norm(x, 64, 3)
    x = parts.dropout(parts.conv_norm(x, 64, 3, pool=True))  # 6
    x = parts.conv_norm(x, 128, 3, padding="valid")  # 4
    return parts.dropout(layers.Flatten()(x))
