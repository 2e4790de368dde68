"""The table of architectures: the one place that lists them.

To add one, write `mnist_core/engine/networks/NAME.py` with a function `body(x, parts)`, and add one line here. The
form, the flags, the documentation of the field and the contract tests are all made from this table. Nothing here
imports Keras, so the app can read it.
"""

from typing import TYPE_CHECKING, Literal, TypeAlias

ARCHITECTURES = {
    "mlp": "one hidden layer",
    "lenet": "LeCun 1998",
    "fast": "small, seconds an epoch",
    "tiny": "9,226 weights",
    "cnn": "good",
    "deep": "best of the plain convolutional ones, and slow",
    "resnet": "residual blocks",
    "lstm": "recurrent, row by row",
    "transformer": "attention between patches",
}
"""Name, which is also the name of its module in `mnist_core.engine.networks` → what it is, in a few words."""

if TYPE_CHECKING:
    Architecture: TypeAlias = str
else:  # A type checker cannot know the names; pydantic and the command line read them from this.
    Architecture = Literal[tuple(ARCHITECTURES)]

DESCRIPTION = f"The network: {', '.join(f'{name} ({text})' for name, text in ARCHITECTURES.items())}."
"""The sentence that explains the field."""
