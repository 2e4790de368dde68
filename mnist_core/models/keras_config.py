"""The allow-list for the configurations of Keras models from elsewhere: plain layers, sensible sizes."""

from typing import Any

from mnist_core.common import names
from mnist_core.common.errors import InputError
from mnist_core.common.language import _

MAX_DEPTH = 60
MAX_SIZE = 20_000
"""The largest number in a layer's configuration: units, filters, kernel size, …"""
NO_SIZES = ("seed", "shared_object_id")

LAYERS = frozenset(
    "Activation Add Average AveragePooling2D BatchNormalization Concatenate Conv2D Cropping2D Dense "
    "DepthwiseConv2D Dropout ELU EinsumDense Flatten Functional GRU GaussianNoise GlobalAveragePooling1D "
    "GlobalAveragePooling2D GlobalMaxPooling1D GlobalMaxPooling2D GroupNormalization InputLayer LSTM LSTMCell "
    "LayerNormalization LeakyReLU MaxPooling2D Maximum MultiHeadAttention Multiply PReLU Permute RNN ReLU "
    "Rescaling Reshape SeparableConv2D Sequential Softmax SpatialDropout2D ZeroPadding2D".split()
)
"""The Keras layers that an imported model may have. None of them runs code of its own."""

HELPERS = frozenset(
    "DTypePolicy L1 L2 L1L2 Zeros Ones Constant RandomNormal RandomUniform TruncatedNormal VarianceScaling "
    "GlorotUniform GlorotNormal HeNormal HeUniform LecunNormal LecunUniform Orthogonal MaxNorm UnitNorm NonNeg".split()
)

LEGACY = frozenset("Model Policy".split())
"""Further names in .h5 files of Keras 2: a functional model, and a data type."""

MODULES = frozenset(
    "keras keras.layers keras.models keras.initializers keras.regularizers keras.constraints keras.dtype_policies "
    "keras.src.models.functional keras.src.models.sequential keras.src.engine.functional".split()
)


def check_config(config: dict[str, Any], source: str, *, legacy: bool = False) -> None:
    """Refuse a model's configuration that could run code or asks for too much.

    Args:
        legacy: whether it is that of an .h5 file, in which the parts need not name their modules.

    Raises:
        InputError: something is wrong with it.
    """
    _check_node(config, source, 0, legacy=legacy)
    if (size := _largest_size(config)) > MAX_SIZE:
        raise InputError(
            _(
                "{file} has a layer that asks for a size of {size:,}. The limit is {limit:,}.",
                file=source,
                size=size,
                limit=MAX_SIZE,
            )
        )


def _check_node(node: Any, source: str, depth: int, *, legacy: bool) -> None:
    """Refuse a config that would create an object outside the allow-list."""
    if depth > MAX_DEPTH:
        raise InputError(_("{file} is nested too deeply to be a digit model.", file=source))
    if isinstance(node, list):
        for each in node:
            _check_node(each, source, depth + 1, legacy=legacy)
    elif isinstance(node, dict):
        if "class_name" in node:
            _check_class(node, source, legacy=legacy)
        if isinstance(name := node.get("name"), str) and names.plain(name) != name:
            raise InputError(
                _(
                    "{file} has a layer with control characters in its name: {layer!r}. Rename the layer.",
                    file=source,
                    layer=name[:50],
                )
            )
        for each in node.values():
            _check_node(each, source, depth + 1, legacy=legacy)


def _check_class(node: dict[str, Any], source: str, *, legacy: bool) -> None:
    name, module = node["class_name"], node.get("module")
    if name == "__keras_tensor__":
        return
    listed_module = (isinstance(module, str) and module in MODULES) or (legacy and module is None)
    known = isinstance(name, str) and name in LAYERS | HELPERS | (LEGACY if legacy else frozenset()) and listed_module
    if not known or node.get("registered_name") not in (None, name):
        raise InputError(
            _(
                "{file} uses {layer}, which is not allowed. Only Keras' own plain layers are allowed, because others "
                "could run code on this machine.",
                file=source,
                layer=f"{module}.{name}" if module else str(name),
            )
        )


def _largest_size(node: Any) -> int:
    """The largest whole number in the config, except those that are not sizes."""
    if isinstance(node, list):
        return max(map(_largest_size, node), default=0)
    if isinstance(node, dict):
        return max((_largest_size(value) for key, value in node.items() if key not in NO_SIZES), default=0)
    return node if isinstance(node, int) else 0
