"""Where a drawing comes from: the canvas, an uploaded picture or the camera."""

import streamlit as st

from mnist_core.collection import file_formats
from mnist_core.collection.drawing import Drawing
from mnist_core.common.errors import InputError
from mnist_core.common.language import N_, _
from mnist_core.drawing import picture_files, pictures
from pages.widgets.guarded import show_error
from pages.widgets.upload import upload

DRAW, UPLOAD, CAMERA = "draw", "upload", "camera"
SOURCES = {DRAW: N_("Draw"), UPLOAD: N_("Upload"), CAMERA: N_("Camera")}


def source() -> str:
    """`DRAW`, `UPLOAD` or `CAMERA`."""
    return st.session_state.get("source") or DRAW


def choose_source() -> None:
    """A control with the three sources."""
    st.segmented_control(
        _("Source"), list(SOURCES), default=DRAW, format_func=lambda each: _(SOURCES[each]), key="source",
        required=True, label_visibility="collapsed", width="content",
    )  # fmt: skip


def ask_for_picture() -> Drawing | None:
    """Ask for a picture; keep its drawing for the script run in which a key labels it."""
    st.session_state["picture"] = None
    number = st.session_state.get("picture_number", 0)
    if source() == UPLOAD:
        what, types = _("A picture of one digit"), [ending[1:] for ending in picture_files.ENDINGS]
        file = upload(what, file_formats.MAX_PICTURE, types, key=f"upload-{number}")
    else:
        file = st.camera_input(_("A photo of one digit"), key=f"camera-{number}")
    if file is None:
        return None
    try:
        drawing = Drawing(None, bitmap=pictures.digit(picture_files.read_gray(file.getvalue(), file.name)).image)
    except InputError as error:
        show_error(error)
        return None
    st.session_state["picture"] = drawing
    return drawing


def picture() -> Drawing | None:
    """The drawing of the picture that the person has given last."""
    return st.session_state.get("picture")


def ask_for_another_picture() -> None:
    """Replace the upload or the camera by an empty one."""
    st.session_state["picture"] = None
    st.session_state["picture_number"] = st.session_state.get("picture_number", 0) + 1
