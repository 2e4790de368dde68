"""The table of architectures: the one place that lists them.

To add one, write `mnist_core/engine/networks/NAME.py` with a function `body(x, parts)`, and add one line here. The
form, the flags, the documentation of the field and the contract tests are all made from this table. Nothing here
imports Keras, so the app can read it.
"""

from typing import TYPE_CHECKING, Literal, TypeAlias

from mnist_core.common.language import N_

ARCHITECTURES = {
    "mlp": N_("one hidden layer"),
    "lenet": N_("LeCun's network of 1998"),
    "fast": N_("small; an epoch takes seconds"),
    "tiny": N_("9,226 weights"),
    "cnn": N_("a good convolutional network"),
    "deep": N_("the most accurate plain convolutional network, slow"),
    "resnet": N_("residual blocks"),
    "lstm": N_("recurrent, row by row"),
    "transformer": N_("attention between patches"),
}
"""Name, which is also the name of its module in `mnist_core.engine.networks` → what it is, in a few words."""

if TYPE_CHECKING:
    Architecture: TypeAlias = str
else:  # A type checker cannot know the names; pydantic and the command line read them from this.
    Architecture = Literal[tuple(ARCHITECTURES)]
