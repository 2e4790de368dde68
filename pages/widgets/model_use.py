"""How a model is used outside the app: commands, and programs that predict with its exported file."""

import shlex

import streamlit as st

from mnist_core.common.language import _
from mnist_core.config import flags
from mnist_core.models.bundle import snippets
from mnist_core.models.export_formats import FORMATS, file_name
from mnist_core.models.model import Model
from pages.studio import studio

LANGUAGES = {".py": ("Python", "python"), ".mjs": ("JavaScript", "javascript"), ".cpp": ("C++", "cpp")}
"""The ending of a program → its language's name, and what the highlighter calls it."""


def model_use(model: Model) -> None:
    """Show them, if it is a digit model with its ONNX file."""
    if not model.card.usable or model.without_onnx:
        return
    file = file_name(model, FORMATS["onnx"])
    programs = snippets(FORMATS["onnx"], file)
    with st.expander(_("How to use it"), key="models.use", icon=":material/terminal:"):
        names = [LANGUAGES[name[name.rindex(".") :]] for name in programs]
        tabs = st.tabs([_("Command line"), *(name for name, _highlighted in names)])
        with tabs[0]:
            st.code(_commands(model), language="shell", wrap_lines=True)
        for tab, program, (_name, highlighted) in zip(tabs[1:], programs.values(), names, strict=True):
            with tab:
                st.caption(_("With the exported file {file} beside it:", file=f"`{file}`"))
                st.code(program, language=highlighted, wrap_lines=True)


def _commands(model: Model) -> str:
    named = f"--model {shlex.quote(model.name)}"
    export = f"export {shlex.quote(file_name(model, FORMATS['html']))} {named}"
    commands = (f"predict digit.png {named}", f"evaluate {named}", export, f"models activate {model.id}", "serve")
    return "\n".join(flags.in_workspace(f"mnist-studio {each}", studio().workspace) for each in commands)
