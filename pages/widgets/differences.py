"""The table of the settings in which runs differ."""

import html
from collections.abc import Sequence

import streamlit as st

from mnist_core.common.language import _
from mnist_core.common.names import plain
from mnist_core.config.differences import Difference


def differences_table(names: Sequence[str], found: Sequence[Difference]) -> None:
    """One row a setting, one column a run. A value that differs from the most frequent one stands out."""
    head = "".join(f"<th scope='col'>{_cell(name)}</th>" for name in [_("Setting"), *names])
    rows = "".join(f"<tr><th scope='row'>{_cell(each.label)}</th>{_values(each)}</tr>" for each in found)
    label = html.escape(_("Settings that differ"), quote=True)
    st.markdown(
        f'<div class="differences" role="region" tabindex="0" aria-label="{label}"><table>'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>",
        unsafe_allow_html=True,
    )


def _values(difference: Difference) -> str:
    usual = difference.usual
    return "".join(
        f'<td class="{"" if value == usual else "unusual"}">{_cell(value)}</td>' for value in difference.values
    )


def _cell(text: str) -> str:
    return html.escape(plain(text)).replace("\n", " ").replace("$", "&#36;").replace("*", "&#42;").replace("_", "&#95;")
