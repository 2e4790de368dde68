"""Other people's images as a data set: upload, look, use."""

from collections.abc import Callable, Sequence
from pathlib import Path

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from mnist_core.common.errors import StudioError
from mnist_core.common.files import scratch_folder
from mnist_core.common.language import _
from mnist_core.data import datasets, own
from mnist_core.data.datasets import Dataset
from mnist_core.data.files import together, tree
from mnist_core.models.turned import Judged
from pages.studio import studio
from pages.widgets import data_preview
from pages.widgets.guarded import once, show_error
from pages.widgets.text import escape
from pages.widgets.upload import upload

LOADED = "own_images.loaded"
"""The session-state key of the last upload: the ids of its files, and the data set or the error."""

TAKEN = "own_images.taken"
"""The session-state key of the number of uploads that have been used."""


def own_images(use: Callable[[str], None], *, closed: str) -> None:
    """An uploader for a data set, its preview, and a button that uses it.

    Args:
        use: called with the data set's name once it is in the workspace.
        closed: the title of the expander.
    """
    with st.expander(closed, key="own_images", icon=":material/photo_library:"):
        st.caption(
            _(
                "A table (.csv), arrays (.npz), the IDX files, or a .zip of them or of pictures in folders named 0 to "
                "9. You see the images before they are used."
            )
        )
        key = f"own_images.files-{st.session_state.get(TAKEN, 0)}"
        files = upload(_("Files with labelled digits"), tree.MAX_BYTES, key=key, multiple=True)
        if not files:
            return
        names = [Path(file.name).name for file in files]
        kept = together.with_the_newest(names)
        if note := together.left_out(names, kept):
            st.warning(escape(note), icon=":material/filter_none:")
        files = [files[place] for place in kept]
        found = _found(files)
        if isinstance(found, StudioError):
            show_error(found)
            return
        dataset, judged = found
        ids = "-".join(file.file_id for file in files)
        turn = judged.looks_turned and st.toggle(
            _("Turn the images: swap rows and columns"), value=True, key=f"own_images.turn-{ids}"
        )
        chosen = dataset.turned() if turn else dataset
        data_preview.show(chosen, judged)
        sure = not judged.looks_wrong or st.toggle(_("Use them all the same"), key=f"own_images.sure-{ids}")
        st.button(
            _("Use these"), key="own_images.use", icon=":material/check:",
            on_click=once(_use), args=(chosen, use), disabled=not sure,
        )  # fmt: skip


def _found(files: Sequence[UploadedFile]) -> tuple[Dataset, Judged] | StudioError:
    """Read an upload once."""
    ids = [file.file_id for file in files]
    known, found = st.session_state.get(LOADED, (None, None))
    if known != ids:
        with st.spinner(_("Reading the images…")), scratch_folder() as folder:
            (place := folder / "images").mkdir()
            for file in files:
                (place / Path(file.name).name).write_bytes(file.getvalue())
            place = place / Path(files[0].name).name if len(files) == 1 else place
            try:
                found = data_preview.judged_of(datasets.load(str(place), studio().workspace))
            except StudioError as error:
                found = error
        st.session_state[LOADED] = ids, found
    result: tuple[Dataset, Judged] | StudioError = found
    return result


def _use(dataset: Dataset, use: Callable[[str], None]) -> None:
    use(own.save(dataset, studio().workspace))
    st.session_state.pop(LOADED, None)
    st.session_state[TAKEN] = st.session_state.get(TAKEN, 0) + 1  # another uploader, which is empty
    st.toast(_("The images are ready."), icon=":material/check:")
