"""A small vision transformer (Dosovitskiy et al. 2021) whose 36 patches come out of two convolutions.

Convolutions in place of plain patches make it learn in a few epochs (Xiao et al. 2021, "Early convolutions help
transformers see better").
"""

from keras import initializers, layers

from mnist_core.engine.networks.parts import Parts, Tensor

WIDTH, HEADS, BLOCKS = 64, 4, 2


def body(x: Tensor, parts: Parts) -> Tensor:
    x = parts.conv_norm(x, 32, 5, padding="valid", pool=True)  # 28 → 24 → 12
    x = parts.conv_norm(x, WIDTH, 3, pool=True)  # 6
    x = layers.Reshape((36, WIDTH), dtype=parts.dtype)(x)
    # A dense layer with a bias for each place: the bias is the learned position.
    x = layers.EinsumDense(
        "npc,cd->npd",
        (36, WIDTH),
        bias_axes="pd",
        bias_initializer=initializers.RandomNormal(stddev=0.02),
        **parts.weights,
    )(x)
    for _ in range(BLOCKS):
        x = _block(x, parts)
    return parts.dropout(layers.Flatten(dtype=parts.dtype)(_norm(x, parts)))


def _block(x: Tensor, parts: Parts) -> Tensor:
    """Attention between the patches, then two dense layers within each; both change x by what they add to it."""
    normed = _norm(x, parts)
    # Without biases: a bias of the keys changes nothing, for a softmax ignores what all its inputs share.
    attended = layers.MultiHeadAttention(HEADS, WIDTH // HEADS, use_bias=False, **parts.weights)(normed, normed)
    x = layers.Add(dtype=parts.dtype)([x, parts.dropout(attended)])
    hidden = parts.dense(_norm(x, parts), 2 * WIDTH)
    change = layers.Dense(WIDTH, **parts.weights)(hidden)
    return layers.Add(dtype=parts.dtype)([x, parts.dropout(change)])


def _norm(x: Tensor, parts: Parts) -> Tensor:
    return layers.LayerNormalization(dtype=parts.dtype)(x)
