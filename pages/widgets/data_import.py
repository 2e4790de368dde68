"""Download or import MNIST if it is not on this machine."""

from collections.abc import Callable, Sequence
from pathlib import Path

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from mnist_core.common.errors import StudioError
from mnist_core.common.files import scratch_folder
from mnist_core.common.language import _
from mnist_core.data import datasets, download
from mnist_core.data.files import together
from pages.studio import studio
from pages.widgets.guarded import guarded, show_error
from pages.widgets.upload import upload

REFUSED = "mnist.refused"
"""The session-state key of the last upload that is not MNIST: the ids of its files, and the error."""


def offer_mnist(instead: str, use_digits: Callable[[], None] | None = None) -> None:
    """Offer a download, an import or the data set `digits`; show nothing if MNIST is on this machine.

    Args:
        instead: a sentence that says how to use this page without MNIST.
        use_digits: does that, if one button can.
    """
    workspace = studio().workspace
    if datasets.find_mnist(workspace):
        return
    with st.container(border=True, key="mnist-missing"):
        st.markdown(f"## :material/cloud_off: {_('MNIST is not on this machine yet')}")
        st.write(_("Download it (11 MB) or import a copy. {instead}", instead=instead))
        left, right = st.columns(2)
        with left:
            if st.button(_("Download MNIST"), icon=":material/download:", type="primary", key="mnist.download"):
                _download()
            if use_digits is not None:
                st.button(_("Use digits"), icon=":material/grid_view:", on_click=guarded(use_digits))
        with right:
            what = _("mnist.npz, or the four IDX files (.gz or not)")
            files = upload(what, download.MAX_BYTES, key="mnist.files", multiple=True)
            if files:
                _import(files)


def _download() -> None:
    bar = st.progress(0.0, _("Downloading…"))

    def show(share: float) -> None:
        bar.progress(share, _("Downloading… {share:.0%}", share=share))

    try:
        datasets.mnist(studio().workspace, show)
    except StudioError as error:
        bar.empty()
        show_error(error)
    else:
        st.rerun()


def _import(files: Sequence[UploadedFile]) -> None:
    """Import an upload once; while it stays there, later runs show the same error."""
    ids = [file.file_id for file in files]
    tried, error = st.session_state.get(REFUSED, (None, None))
    if tried != ids:
        with st.spinner(_("Importing MNIST…")):
            error = _refusal(files)
        if error is None:
            st.toast(_("MNIST was imported."), icon=":material/check:")
            st.rerun()
        st.session_state[REFUSED] = ids, error
    show_error(error)


def _refusal(files: Sequence[UploadedFile]) -> StudioError | None:
    """Copy the newest files into the workspace; return the error if they are not MNIST."""
    kept = together.with_the_newest([Path(file.name).name for file in files])
    with scratch_folder() as folder:
        for place in kept:
            (folder / Path(files[place].name).name).write_bytes(files[place].getvalue())
        single = next(folder.glob("*.npz"), folder)
        try:
            datasets.import_mnist(single, studio().workspace)
        except StudioError as error:
            return error
    return None
