"""Under 10,000 parameters: few channels, and the mean over all places instead of a dense layer."""

from keras import layers

from mnist_core.engine.networks.parts import Parts, Tensor


def body(x: Tensor, parts: Parts) -> Tensor:
    x = parts.conv_norm(x, 8, 3, padding="valid")  # 26
    x = parts.conv_norm(x, 16, 3, padding="valid", pool=True)  # 24 → 12
    x = parts.conv_norm(x, 16, 3)
    x = parts.conv_norm(x, 16, 3, pool=True)  # 6
    x = parts.conv_norm(x, 20, 3)
    return parts.dropout(layers.GlobalAveragePooling2D()(x))
