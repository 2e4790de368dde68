"""The settings of a training as code: the command that starts it, and a Keras script that does without this program."""

from collections.abc import Sequence

import streamlit as st

from mnist_core.common.language import _
from mnist_core.config import flags
from mnist_core.config.keras_script import keras_script
from mnist_core.config.schema import TrainConfig
from pages.studio import studio
from pages.widgets.guarded import deferred


def as_code(configs: Sequence[TrainConfig], *, key: str) -> None:
    """Show both, closed at first.

    Args:
        configs: each gets its command; the script is that of the first.
    """
    with st.expander(_("As code"), icon=":material/code:", key=f"{key}.as-code"):
        st.caption(_("The same training on the command line:"))
        commands = [flags.in_workspace(flags.command_line("train", each), studio().workspace) for each in configs]
        st.code("\n".join(commands), "bash", wrap_lines=True)
        st.caption(_("A Keras script that needs only Keras and NumPy. Its first lines say what it leaves out:"))
        script = keras_script(configs[0])
        st.code(script, "python", height=320)
        st.download_button(
            _("Download the script"), deferred(script.encode), "train.py", "text/x-python", key=f"{key}.script",
            icon=":material/download:", on_click="ignore",
        )  # fmt: skip
