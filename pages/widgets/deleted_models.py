"""The deleted models: restored, or deleted for good after a look at what that means."""

import streamlit as st

from mnist_core.common.text import megabytes, some
from mnist_core.jobs import purge
from mnist_core.jobs.purge import Purgeable
from pages.studio import studio
from pages.widgets.guarded import once
from pages.widgets.text import escape

SHOWN = 20


def deleted_models() -> None:
    """What takes space though it is deleted; nothing where there is none."""
    found = purge.deleted(studio().workspace)
    if not found:
        return
    size = megabytes(sum(each.bytes for each in found))
    with st.expander(f"Deleted models: {len(found):,}, {size}", icon=":material/delete:"):
        st.caption("A deleted model keeps its files. You can restore it, and models that were made from it still work.")
        for each in found[:SHOWN]:
            _one(each)
        if len(found) > SHOWN:
            st.caption(f"… and {len(found) - SHOWN:,} more.")


def _one(model: Purgeable) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{escape(model.name)}** · {megabytes(model.bytes)}", width="content")
        st.button("Restore", key=f"restore-{model.id}", icon=":material/undo:", on_click=once(_restore), args=(model,))
        with st.popover("Delete for good", icon=":material/delete_forever:", key=f"purge-{model.id}"):
            if model.needed_by:
                st.markdown(escape(purge.needs(model.name, model.needed_by)))
                return
            st.markdown(f"{_consequences(model)} This cannot be undone.")
            st.button(
                f"Delete and free {megabytes(model.bytes)}", key=f"purge-now-{model.id}", type="primary",
                on_click=once(_purge), args=(model,),
            )  # fmt: skip


def _consequences(model: Purgeable) -> str:
    """What goes with a model that nothing needs."""
    here = studio()
    learned = here.registry.learned(model.id)
    text = f"**{escape(model.name)}** and its files will be deleted. No other model was made from it."
    if lost := here.drawings.missing(learned.learned | learned.left_out):
        text += f" {some(lost, 'drawing')} of its fine-tuning that your collection lacks will be lost as well."
    return text


def _restore(model: Purgeable) -> None:
    studio().registry.restore(model.id)
    st.session_state.pop("models.undo", None)


def _purge(model: Purgeable) -> None:
    freed = purge.purge(studio().workspace, model.id)
    st.session_state.pop("models.undo", None)
    st.toast(f"{escape(model.name)} is gone; {megabytes(freed)} are free again.", icon=":material/delete_forever:")
