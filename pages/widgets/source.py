"""Where a drawing comes from: the canvas, an uploaded picture or the camera."""

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import streamlit as st

from mnist_core.collection import file_formats
from mnist_core.collection.drawing import Drawing
from mnist_core.common.errors import InputError
from mnist_core.common.language import N_, _
from mnist_core.drawing import picture_files, pictures
from pages.widgets.guarded import show_error
from pages.widgets.parts import Part, Parts
from pages.widgets.upload import upload

if TYPE_CHECKING:
    from mnist_core.models.number_reader import Number
    from mnist_core.models.predictor import Predictor

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


@dataclass
class Picture:
    """What the person has given."""

    sha256: str
    """Of the file."""
    gray: npt.NDArray[np.uint8]
    """(H, W)."""
    drawing: Drawing
    """The one digit in it."""
    number: "Number | None" = None
    """All digits in it, once it has been read."""
    parts: Parts = field(default_factory=Parts)
    """The digits that are left; each has its place in the number as the only id."""

    @property
    def several(self) -> bool:
        """Whether it shows a number, all of which is recognised."""
        return self.number is not None and len(self.number.digits) > 1 and self.number.recognised

    def read(self, predictor: "Predictor") -> None:
        """Read it as a number, once."""
        if self.number is None:
            from mnist_core.models.picture_reader import read_picture  # loads ONNX Runtime

            self.number = read_picture(predictor, self.gray)
            if self.several:
                self.parts.digits = [(str(place),) for place in range(len(self.number.digits))]

    def drawing_of(self, part: Part) -> Drawing:
        """One digit of the number."""
        assert self.number is not None
        return Drawing(None, bitmap=self.number.digits[int(part[0])].image)


def ask_for_picture() -> Picture | None:
    """Ask for a picture; keep it for the script run in which a key labels it."""
    before: Picture | None = st.session_state.get("picture")
    st.session_state["picture"] = None
    number = st.session_state.get("picture_number", 0)
    if source() == UPLOAD:
        what, types = _("A picture of a digit or a number"), [ending[1:] for ending in picture_files.ENDINGS]
        file = upload(what, file_formats.MAX_PICTURE, types, key=f"upload-{number}")
    else:
        file = st.camera_input(_("A photo of a digit or a number"), key=f"camera-{number}")
    if file is None:
        return None
    content = file.getvalue()
    sha256 = hashlib.sha256(content).hexdigest()
    if before is not None and before.sha256 == sha256:
        st.session_state["picture"] = before
        return before
    try:
        drawing = Drawing(None, bitmap=pictures.digit(picture_files.read_gray(content, file.name)).image)
        given = Picture(sha256, picture_files.read_gray(content, file.name, side=picture_files.NUMBER_SIDE), drawing)
    except InputError as error:
        show_error(error)
        return None
    st.session_state["picture"] = given
    return given


def picture() -> Picture | None:
    """The picture that the person has given last."""
    return st.session_state.get("picture")


def ask_for_another_picture() -> None:
    """Replace the upload or the camera by an empty one."""
    st.session_state["picture"] = None
    st.session_state["picture_number"] = st.session_state.get("picture_number", 0) + 1
