"""How the app looks in this browser, where files are kept, and where trainings are computed."""

from pathlib import Path
from typing import Any

import psutil
import streamlit as st

from mnist_core.common.files import bytes_in
from mnist_core.common.language import _, n_
from mnist_core.common.text import megabytes
from mnist_core.config.compute import Compute
from mnist_core.jobs import compute, gpu, nodes
from pages import language
from pages.studio import studio
from pages.widgets import config_form, notices
from pages.widgets.guarded import errors_shown, once
from pages.widgets.heading import heading
from pages.widgets.table import harmless
from pages.widgets.theme import theme_choice

FORM = "settings"
TOKEN = "settings.token"  # noqa: S105 – the key of a field
ASKED = "settings.asked"
"""Whether the connection is to be tested."""
SIZES_S = 60
"""Seconds for which the sizes of folders count: a large workspace has very many files."""
FOUND = "settings.nodes"
"""What the last test has found, and at which address."""


def main() -> None:
    heading(_("Settings"), _("Choose how the app looks and where trainings are computed."))
    _this_browser()
    _this_machine()
    _workspace()
    with errors_shown():  # a damaged file can be saved anew
        _take_stored(compute.read(studio().workspace))
    st.markdown(f"**{_('Cluster')}**")
    st.caption(_("Leave **Cluster** empty to train on this machine. An address looks like ray://server:10001."))
    config = config_form.config_form(FORM, Compute, ["compute"], columns=2)
    meaning = _(
        "The token of the cluster. It is stored in the workspace, where only you can read it. Whoever has it "
        "can run programs on the cluster."
    )
    with st.form("settings.form", border=False):  # so that Enter saves
        st.text_input(
            _("Token"), key=TOKEN, type="password", autocomplete="off", help=meaning,
            placeholder=_("stored") if compute.has_token(studio().workspace) else "",
        )  # fmt: skip
        _buttons(config)
    if config and config.cluster:
        st.caption(_("Trainings and the trials of a search start on the cluster. Everything else stays here."))
        if st.session_state.pop(ASKED, False):
            _test(config)
        _show_nodes(config)


def _buttons(config: Compute | None) -> None:
    with st.container(horizontal=True):
        st.form_submit_button(
            _("Save"), key="settings.save", type="primary", icon=":material/save:", disabled=config is None,
            on_click=once(_save), args=(config,),
        )  # fmt: skip
        st.form_submit_button(
            _("Save and test"), key="settings.test", icon=":material/lan:", disabled=not (config and config.cluster),
            on_click=once(_save_and_test), args=(config,),
            help=_("Connect to the cluster and list its nodes."),
        )  # fmt: skip
        st.form_submit_button(
            _("Forget the token"), key="settings.forget", icon=":material/delete:", on_click=once(_forget),
            disabled=not studio().workspace.cluster_token.is_file(),
        )  # fmt: skip


def _this_browser() -> None:
    st.markdown(f"**{_('This browser')}**")
    before = notices.in_browser()
    with st.container(horizontal=True, vertical_alignment="bottom", key="settings.browser"):
        with st.container(width=220):
            theme_choice()
        with st.container(width="content"):
            language.switch("settings.language")
    wanted = st.toggle(
        _("Tell me in the browser when a run ends"), before, key="settings.notifications",
        help=_("The browser asks for your permission. It tells you only while this tab is hidden."),
    )  # fmt: skip
    if wanted != before:
        notices.switch_in_browser(wanted)


def _this_machine() -> None:
    st.markdown(f"**{_('This machine')}**")
    with st.container(horizontal=True, key="settings.machine"):
        st.metric(_("Processors"), str(psutil.cpu_count()), width="content")
        st.metric(_("Memory"), f"{psutil.virtual_memory().total / 2**30:.0f} GB", width="content")
        st.metric(_("GPU"), gpu.name("gpu:0") or _("none"), width="content")


def _workspace() -> None:
    """Where it is, and how much of the disk it takes."""
    here = studio().workspace
    st.markdown(f"**{_('Workspace')}**")
    st.caption(_("Your drawings, models and runs are in this folder:"))
    st.code(str(here.root), language=None)
    parts = {_("Models"): here.models, _("Runs"): here.runs, _("Data sets"): here.datasets, _("All"): here.root}
    with st.container(horizontal=True, key="settings.disk"):
        for name, folder in parts.items():
            st.metric(name, megabytes(_size(folder)), width="content")


@st.cache_data(ttl=SIZES_S, show_spinner=False)
def _size(folder: Path) -> int:
    return bytes_in(folder)


def _take_stored(stored: Compute) -> None:
    """Show what is stored when the page opens."""
    if config_form.widget_key(FORM, "cluster") not in st.session_state:
        config_form.set_values(FORM, Compute, stored.model_dump())


def _save(config: Compute) -> None:
    workspace = studio().workspace
    compute.keep(workspace, config)
    if token := st.session_state[TOKEN]:
        compute.keep_token(workspace, token)
        st.session_state[TOKEN] = ""
    config_form.set_values(FORM, Compute, config.model_dump())
    st.toast(_("Saved. It applies to the next training."), icon=":material/check:")


def _save_and_test(config: Compute) -> None:
    """The test uses what is stored, so a token is on no command line."""
    _save(config)
    st.session_state[ASKED] = True


def _forget() -> None:
    compute.forget_token(studio().workspace)
    st.session_state[TOKEN] = ""
    st.toast(_("The token is removed."), icon=":material/check:")


def _test(config: Compute) -> None:
    st.session_state.pop(FOUND, None)
    with errors_shown(), st.spinner(_("Connecting to the cluster")):
        st.session_state[FOUND] = config.cluster, nodes.ask(config.cluster, studio().workspace)


def _show_nodes(config: Compute) -> None:
    address, found = st.session_state.get(FOUND, ("", []))
    if address != config.cluster:
        return
    st.markdown(f":green[:material/check:] {n_('Connected: {n} node.', 'Connected: {n} nodes.', len(found))}")
    rows: list[dict[str, Any]] = [{_("node"): each.host, _("CPUs"): each.cpus, _("GPUs"): each.gpus} for each in found]
    st.dataframe(harmless(rows), hide_index=True, width="content")


main()
