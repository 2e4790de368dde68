"""Download or import MNIST if it is not on this machine."""

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from mnist_core.common.errors import StudioError
from mnist_core.common.files import scratch_folder
from mnist_core.data import datasets
from pages.studio import studio
from pages.widgets.guarded import guarded, show_error


def offer_mnist(without: str, use_digits: Callable[[], None] | None = None) -> None:
    """Offer a download, an import or the small digits; nothing if MNIST is there.

    Args:
        without: what a person can do on this page without MNIST, as an imperative.
        use_digits: does that, where one button can.
    """
    workspace = studio().workspace
    if datasets.find_mnist(workspace):
        return
    with st.container(border=True, key="mnist-missing"):
        st.markdown("#### :material/cloud_off: MNIST is not on this machine yet")
        st.write(f"Download it (11 MB), import a copy, or {without}: 1,797 smaller digits that come with the program.")
        download, upload = st.columns(2)
        with download:
            if st.button("Download MNIST", icon=":material/download:", type="primary"):
                _download()
            if use_digits is not None:
                st.button("Use the small digits", icon=":material/grid_view:", on_click=guarded(use_digits))
        with upload:
            files = st.file_uploader("mnist.npz, or the four IDX files (.gz or not)", accept_multiple_files=True)
            if files and st.button("Import", icon=":material/upload_file:"):
                _import({Path(file.name).name: file.getvalue() for file in files})


def _download() -> None:
    bar = st.progress(0.0, "Downloading…")

    def show(share: float) -> None:
        bar.progress(share, f"Downloading… {share:.0%}")

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
