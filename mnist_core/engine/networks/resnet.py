"""Residual blocks of 3×3 convolutions (He et al. 2016): each learns a change to its input."""

from keras import layers

from mnist_core.engine.networks.parts import Parts, Tensor


def body(x: Tensor, parts: Parts) -> Tensor:
    x = parts.conv_norm(x, 32, 5, padding="valid", pool=True)  # 28 → 24 → 12
    x = _block(_block(x, 32, parts), 32, parts)
    x = _block(_block(x, 64, parts, strides=2), 64, parts)  # 6
    x = _block(_block(x, 128, parts, strides=2), 128, parts)  # 3
    return parts.dropout(layers.GlobalAveragePooling2D(dtype=parts.dtype)(x))


def _block(x: Tensor, filters: int, parts: Parts, *, strides: int = 1) -> Tensor:
    """x + f(x), then the activation; where the shape changes, a 1×1 convolution takes the place of x."""
    options = {"padding": "same", "use_bias": False, **parts.weights}
    change = layers.Conv2D(filters, 3, strides=strides, **options)(x)
    change = layers.Conv2D(filters, 3, **options)(parts.activate(parts.norm(change)))
    if x.shape[-1] != filters:
        x = parts.norm(layers.Conv2D(filters, 1, strides=strides, **options)(x))
    return parts.activate(layers.Add(dtype=parts.dtype)([x, parts.norm(change)]))
