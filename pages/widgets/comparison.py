"""Several runs side by side: their curves over each other, and the settings in which they differ."""

from collections.abc import Sequence

import streamlit as st

from mnist_core.common.errors import UnreadableError
from mnist_core.common.language import N_, _, listed
from mnist_core.common.text import shortened
from mnist_core.config.differences import differences
from mnist_core.config.fields import Config
from mnist_core.evaluation.overlay import overlay
from mnist_core.jobs import preflight
from mnist_core.jobs.runs import Run
from mnist_core.jobs.seeds import Repeated
from mnist_core.jobs.summary import NOT_THE_RECIPE
from pages.studio import studio
from pages.widgets.differences import differences_table
from pages.widgets.live_chart import live_chart
from pages.widgets.text import escape

LONGEST_NAME = 40
CURVES = {
    "loss": N_("**Loss**: training thin, validation thick"),
    "accuracy": N_("**Accuracy**: training thin, validation thick"),
}
MEANS = {
    "loss": N_("**Validation loss**: mean over the seeds, ± one standard deviation"),
    "accuracy": N_("**Validation accuracy**: mean over the seeds, ± one standard deviation"),
}


def comparison(groups: Sequence[Repeated]) -> None:
    """Show the curves and the differences of two or more runs, or of one config with several seeds."""
    names = _names(groups)
    recorded = {
        name: [records for run in _seeds(group) if (records := Run.at(studio().workspace, run).records())]
        for name, group in zip(names, groups, strict=True)
    }
    means = any(len(curves) > 1 for curves in recorded.values())
    for column, (figure, title) in zip(st.columns(2), (MEANS if means else CURVES).items(), strict=True):
        with column:
            st.markdown(_(title))
            live_chart(overlay(recorded, figure), key=f"overlay-{figure}")
    if without := [escape(name) for name, curves in recorded.items() if not curves]:
        st.caption(
            f":material/info: {_('Without a curve, because nothing was recorded: {runs}', runs=listed(without))}"
        )
    if len(groups) > 1:
        _differences(names, groups)


def _names(groups: Sequence[Repeated]) -> list[str]:
    """What the curves and columns are called: the titles; with the end of the id where two are the same."""
    titles = [shortened(group.title, LONGEST_NAME) for group in groups]
    return [
        f"{title} · {group.id[-6:]}" if titles.count(title) > 1 else title
        for title, group in zip(titles, groups, strict=True)
    ]


def _seeds(group: Repeated) -> list[str]:
    return [run.id for run in group.of_each_seed]


def _differences(names: Sequence[str], groups: Sequence[Repeated]) -> None:
    st.markdown(f"## {_('Settings that differ')}")
    several = any(len(group.runs) > 1 for group in groups)
    found = differences([_config(group) for group in groups], without=NOT_THE_RECIPE if several else ("name",))
    if found:
        differences_table(names, found)
    elif several:
        st.caption(_("None: all settings are the same, apart from the seeds."))
    else:
        st.caption(_("None: all settings are the same, seed included."))


def _config(group: Repeated) -> tuple[type[Config], dict[str, object]] | None:
    """The settings of its first run as a person reads them; None if they are unreadable."""
    try:
        config = Run.at(studio().workspace, group.id).config()
    except UnreadableError:
        return None
    return type(config), preflight.shown(config, studio().workspace)
