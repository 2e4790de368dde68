"""Download or import MNIST if it is not on this machine."""

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from mnist_core.common.errors import StudioError
from mnist_core.common.files import scratch_folder
from mnist_core.common.language import _
from mnist_core.data import datasets
from pages.studio import studio
from pages.widgets.guarded import guarded, show_error


def offer_mnist(instead: str, use_digits: Callable[[], None] | None = None) -> None:
    """Offer a download, an import or the small digits; show nothing if MNIST is on this machine.

    Args:
        instead: a sentence that says how to use this page without MNIST.
        use_digits: does that, if one button can.
    """
    workspace = studio().workspace
    if datasets.find_mnist(workspace):
        return
    with st.container(border=True, key="mnist-missing"):
        st.markdown(f"#### :material/cloud_off: {_('MNIST is not on this machine yet')}")
        st.write(_("Download it (11 MB) or import a copy. {instead}", instead=instead))
        download, upload = st.columns(2)
        with download:
            if st.button(_("Download MNIST"), icon=":material/download:", type="primary", key="mnist.download"):
                _download()
            if use_digits is not None:
                st.button(_("Use the small digits"), icon=":material/grid_view:", on_click=guarded(use_digits))
        with upload:
            files = st.file_uploader(
                _("mnist.npz, or the four IDX files (.gz or not)"), accept_multiple_files=True, key="mnist.files"
            )
            if files and st.button(_("Import"), icon=":material/upload_file:", key="mnist.import"):
                _import({Path(file.name).name: file.getvalue() for file in files})


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


def _import(files: dict[str, bytes]) -> None:
    with scratch_folder() as folder:
        for name, content in files.items():
            (folder / name).write_bytes(content)
        single = [name for name in files if name.endswith(".npz")]
        try:
            datasets.import_mnist(folder / single[0] if single else folder, studio().workspace)
        except StudioError as error:
            show_error(error)
        else:
            st.rerun()
