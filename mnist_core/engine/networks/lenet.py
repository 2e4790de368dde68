"""LeNet-5 (LeCun et al. 1998): 6@5×5, 16@5×5, 120, 84."""

from keras import layers

from mnist_core.engine.networks.parts import Parts, Tensor


def body(x: Tensor, parts: Parts) -> Tensor:
    x = parts.pool(parts.conv(x, 6, 5))
    x = parts.pool(parts.conv(x, 16, 5, padding="valid"))
    x = parts.dense(layers.Flatten()(x), 120)
    return parts.dropout(parts.dense(x, 84))
