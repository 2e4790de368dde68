"""One model of a compression: its comparison with the base, Keep, and what it was kept as."""

import streamlit as st

from mnist_core.common.language import _
from mnist_core.evaluation.compression import CompressedPoint
from mnist_core.evaluation.trade_off import compared
from mnist_core.jobs import points
from mnist_core.jobs.runs import Run
from mnist_core.models.card import Card
from mnist_core.models.model import Model
from pages.studio import studio
from pages.widgets.guarded import once
from pages.widgets.text import escape


def kept_or_keep(
    run: Run, point: CompressedPoint, base: CompressedPoint, accuracy: str, card: Card | None, kept: Model | None
) -> None:
    """The selected point: its comparison in a line, and Keep or what it was kept as.

    Args:
        card: None if it cannot be kept.
    """
    with st.container(border=True):
        if point.is_base:
            st.caption(_("This is the model itself. Select another row to keep a smaller one."))
            return
        difference = compared(point, base, accuracy)
        st.markdown(_("**{steps}**: {difference}", steps=escape(point.text), difference=difference))
        if kept is not None:
            _kept(kept)
        elif card is not None:
            with st.container(horizontal=True, vertical_alignment="bottom"):
                name = st.text_input(
                    _("Name"), card.name, max_chars=100, key=f"compress.name-{run.id}-{point.key}", width=360
                )
                st.button(
                    _("Keep"), key="compress.keep", icon=":material/check:", type="primary",
                    on_click=once(points.keep), args=(studio().workspace, run, point.key, name),
                    help=_("It becomes a model on the Models page. The active model does not change."),
                )  # fmt: skip


def _kept(model: Model) -> None:
    here = studio()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f":green[:material/check:] {_('Kept as **{name}**.', name=escape(model.name))}", width="content")
        if here.registry.active().id == model.id:
            st.badge(_("active"), icon=":material/check:", color="green")
        else:
            st.button(
                _("Activate"), key="compress.activate", icon=":material/download_done:", type="primary",
                on_click=once(here.registry.activate), args=(model.id,),
            )  # fmt: skip
        st.page_link("pages/draw.py", label=_("Draw"), icon=":material/draw:")
        st.page_link("pages/models.py", label=_("Models"), icon=":material/deployed_code:")
