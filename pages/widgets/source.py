"""Where a drawing comes from: the canvas, an uploaded picture or the camera."""

from typing import Any

import streamlit as st

from mnist_core.collection import file_formats
from mnist_core.collection.drawing import Drawing
from mnist_core.common.errors import InputError
from mnist_core.common.language import N_, _
from mnist_core.drawing import picture_files, pictures
from pages.widgets.guarded import show_error
from pages.widgets.picture_box import chosen_box, picture_box
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
        drawing = _digit_in(file, f"{source()}-{number}")
    except InputError as error:
        show_error(error)
        return None
    st.session_state["picture"] = drawing
    return drawing


def _digit_in(file: Any, key: str) -> Drawing:
    """Show the picture with a box around its digit, and return what the network sees of it."""
    known = st.session_state.get("picture_read")
    if known is None or known[0] != file.file_id:
        known = st.session_state["picture_read"] = file.file_id, picture_files.read_gray(file.getvalue(), file.name)
    gray = known[1]
    box = chosen_box(f"box-{key}-{file.file_id}", gray.shape)
    found = pictures.digit(gray, box=box)
    place = st.container()
    turned = st.toggle(
        _("Light digit on dark ground"), value=found.light_on_dark, key=f"light-{key}-{file.file_id}",
        help=_("Turn this over if the program takes the ground for the digit."),
    )  # fmt: skip
    if turned != found.light_on_dark:
        found = pictures.digit(gray, box=box, light_on_dark=turned)
    others = pictures.marks(pictures.ink(gray, light_on_dark=turned))
    with place:
        picture_box(gray, found.box, others, key=f"box-{key}-{file.file_id}")
        st.caption(_("The box shows what is taken for the digit. Drag the box or its corners, or draw a new one."))
    return Drawing(None, bitmap=found.image)


def picture() -> Drawing | None:
    """The drawing of the picture that the person has given last."""
    return st.session_state.get("picture")


def ask_for_another_picture() -> None:
    """Replace the upload or the camera by an empty one."""
    st.session_state["picture"] = None
    st.session_state["picture_number"] = st.session_state.get("picture_number", 0) + 1
