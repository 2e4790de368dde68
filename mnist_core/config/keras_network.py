"""The network of a training as Keras code.

The source of its architecture in `mnist_core/engine/networks` becomes the code, so an architecture needs no second
description.
"""

import ast
import re

from mnist_core.common.workspace import PROGRAM
from mnist_core.config.schema import TrainConfig

NETWORKS = PROGRAM / "mnist_core" / "engine" / "networks"
PARTS = {
    "activate": 'def activate(x):\n    return layers.Activation("{activation}")(x)',
    "pool": "def pool(x):\n    return layers.MaxPooling2D(2)(x)",
    "norm": "def norm(x):\n    return layers.BatchNormalization(momentum=0.9)(x)",
    "dropout": "def dropout(x):\n    return layers.Dropout({dropout:g})(x)",
    "dense": "def dense(x, units):\n    return activate(layers.Dense(units, **WEIGHTS)(x))",
    "conv": (
        'def conv(x, filters, size, padding="same"):\n'
        "    return activate(layers.Conv2D(filters, size, padding=padding, **WEIGHTS)(x))"
    ),
    "conv_norm": (
        'def conv_norm(x, filters, size, padding="same", pool=False):\n'
        "    x = layers.Conv2D(filters, size, padding=padding, use_bias=False, **WEIGHTS)(x)\n"
        "    if pool:\n"
        "        x = layers.MaxPooling2D(2)(x)\n"
        "    return activate(norm(x))"
    ),
}
"""What bodies of networks are made of (`engine.networks.parts`): name → its code."""
WITHOUT_PARTS = (
    (r", parts: Parts|parts: Parts|: Tensor\b| -> [\w.]+(?=:)", ""),
    (r"(, )?dtype=parts\.dtype", ""),
    (r"\(, ", "("),
    (r", parts(?=[,)])|(?<=\()parts(?=\))", ""),
    (r"parts\.weights", "WEIGHTS"),
    (r"parts\.", ""),
)
"""Pattern → replacement: from functions that get `Parts` to plain ones."""


def network_code(config: TrainConfig) -> str:
    """The part of the script that builds `model`, with the augmentation as its first layers."""
    body = _body(config)
    penalty = (
        f', "kernel_regularizer": regularizers.L1L2({config.l1:g}, {config.l2:g})' if config.l1 or config.l2 else ""
    )
    functions = "\n\n\n".join([*_parts(body, config), body])
    augment = _augmentation(config)
    return f'''
# Network: pixels 0 to 255 → logits.
WEIGHTS = {{"kernel_initializer": "{config.initializer}"{penalty}}}


{functions}


inputs = keras.Input((28, 28))
x = layers.Reshape((28, 28, 1))(inputs)
{augment}x = layers.Rescaling(1 / (255 * 0.3081), offset=-0.1307 / 0.3081)(x)
logits = layers.Dense(10, dtype="float32", kernel_initializer="{config.initializer}", name="logits")(body(x))
model = keras.Model(inputs, logits, name="{config.architecture}")
model.summary()
'''


def _parts(body: str, config: TrainConfig) -> list[str]:
    """The functions that the body calls, and those that these call."""
    needed: set[str] = set()
    code = body
    while new := {name for name in PARTS if f"{name}(" in code} - needed:
        needed |= new
        code = "".join(PARTS[name] for name in new)
    return [
        PARTS[name].format(activation=config.activation, dropout=config.dropout) for name in PARTS if name in needed
    ]


def _body(config: TrainConfig) -> str:
    """The functions of the architecture's module."""
    source = (NETWORKS / f"{config.architecture}.py").read_text(encoding="utf-8")
    kept = [
        ast.get_source_segment(source, each) or ""
        for each in ast.parse(source).body
        if isinstance(each, ast.FunctionDef | ast.Assign)
    ]
    code = "\n\n\n".join(kept)
    for pattern, replacement in WITHOUT_PARTS:
        code = re.sub(pattern, replacement, code)
    return code if config.dropout else _without_calls(code, "dropout")


def _without_calls(code: str, name: str) -> str:
    """The code with the arguments in place of the calls of a function of one argument."""
    while (start := code.find(f"{name}(")) >= 0:
        first = end = start + len(name) + 1
        depth = 1
        while depth:
            depth += {"(": 1, ")": -1}.get(code[end], 0)
            end += 1
        code = code[:start] + code[first : end - 1] + code[end:]
    return code


def _augmentation(config: TrainConfig) -> str:
    """Random changes of the images, in training only."""
    bends = config.rotation or config.zoom
    smooth = "" if bends or config.shift < 1 else ', interpolation="nearest"'  # whole pixels, which does not blur
    fill = 'fill_mode="constant"'
    lines = {
        f"layers.RandomRotation({config.rotation / 360:.4g}, {fill})": config.rotation,
        f"layers.RandomZoom({config.zoom:g}, {config.zoom:g}, {fill})": config.zoom,
        f"layers.RandomTranslation({config.shift:g} / 28, {config.shift:g} / 28, {fill}{smooth})": config.shift,
    }
    return "".join(f"x = {line}(x)\n" for line, amount in lines.items() if amount)
