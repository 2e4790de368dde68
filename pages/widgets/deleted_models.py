"""The deleted models: restore them, or delete them for good after reading what that means."""

import streamlit as st

from mnist_core.common.language import Text, _, n_, sentences
from mnist_core.common.text import megabytes
from mnist_core.jobs import purge
from mnist_core.jobs.purge import Purgeable
from pages.studio import studio
from pages.widgets.guarded import once
from pages.widgets.text import escape

SHOWN = 20


def deleted_models() -> None:
    """Show the deleted models and their size; show nothing if there are none."""
    found = purge.deleted(studio().workspace)
    if not found:
        return
    size = megabytes(sum(each.bytes for each in found))
    title = _("Deleted models: {count:,}, {size}", count=len(found), size=size)
    with st.expander(title, key="deleted_models", icon=":material/delete:"):
        st.caption(
            _("A deleted model keeps its files. You can restore it, and models that were made from it still work.")
        )
        for each in found[:SHOWN]:
            _one(each)
        if (rest := len(found) - SHOWN) > 0:
            st.caption(n_("… and {n} more", "… and {n:,} more", rest))


def _one(model: Purgeable) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{escape(model.name)}** · {megabytes(model.bytes)}", width="content")
        st.button(
            _("Restore"), key=f"restore-{model.id}", icon=":material/undo:", on_click=once(_restore), args=(model,)
        )
        with st.popover(_("Delete for good"), icon=":material/delete_forever:", key=f"purge-{model.id}"):
            if model.needed_by:
                st.markdown(escape(purge.needs(model.name, model.needed_by)))
                return
            st.markdown(_consequences(model))
            st.button(
                _("Delete and free {size}", size=megabytes(model.bytes)), key=f"purge-now-{model.id}", type="primary",
                on_click=once(_purge), args=(model,),
            )  # fmt: skip


def _consequences(model: Purgeable) -> Text:
    """What is lost with a model that nothing needs."""
    here = studio()
    learned = here.registry.learned(model.id)
    said = [_("**{model}** and its files will be deleted. No other model was made from it.", model=escape(model.name))]
    if lost := here.drawings.missing(learned.learned | learned.left_out):
        said.append(
            n_(
                "It was fine-tuned on {n} drawing that is not in your collection, which will be lost as well.",
                "It was fine-tuned on {n:,} drawings that are not in your collection, which will be lost as well.",
                lost,
            )
        )
    return sentences([*said, _("This cannot be undone.")])


def _restore(model: Purgeable) -> None:
    studio().registry.restore(model.id)
    st.session_state.pop("models.undo", None)


def _purge(model: Purgeable) -> None:
    freed = purge.purge(studio().workspace, model.id)
    st.session_state.pop("models.undo", None)
    said = _(
        "{model} was deleted. {size} of disk space is free again.", model=escape(model.name), size=megabytes(freed)
    )
    st.toast(said, icon=":material/delete_forever:")
