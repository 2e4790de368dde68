"""Where a drawing comes from: the canvas, an uploaded picture or the camera."""

import hashlib
from collections.abc import Sequence
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
from pages.widgets.guarded import guarded, show_error
from pages.widgets.parts import Part, Parts
from pages.widgets.picture_box import chosen_box, chosen_polarity, picture_box, polarity_switch
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
    found: pictures.Found
    """The one digit in it; the box is in the pixels of `gray`."""
    corrected: pictures.Found | None = None
    """The one digit after a person has moved the box or turned the polarity over."""
    boxed: bool = False
    """Whether a person has moved the box."""
    boxes: int = 0
    """How often a person has taken back a box."""
    number: "Number | None" = None
    """All digits in it, once it has been read."""
    parts: Parts = field(default_factory=Parts)
    """The digits that are left; each has its place in the number as the only id."""
    saved: list[pictures.Box] = field(default_factory=list)
    """Around each digit that was saved."""

    @property
    def single(self) -> pictures.Found:
        """The one digit."""
        return self.corrected or self.found

    @property
    def drawing(self) -> Drawing:
        """The one digit, as the network sees it."""
        return Drawing(None, bitmap=self.single.image)

    @property
    def several(self) -> bool:
        """Whether it shows a number, all of which is recognised, and nobody has chosen a digit."""
        number = self.number if not self.boxed else None
        return number is not None and len(number.digits) > 1 and number.recognised

    def read(self, predictor: "Predictor") -> None:
        """Read it as a number, once for each polarity that the person chooses."""
        if self.number is None and not self.boxed:
            from mnist_core.models.picture_reader import read_picture  # loads ONNX Runtime

            self.number = read_picture(predictor, self.gray, light_on_dark=self.single.light_on_dark)
            if self.several:
                all_of_them: list[Part] = [(str(place),) for place in range(len(self.number.digits))]
                self.parts.digits = [own for own in all_of_them if not self._was_saved(own)] or all_of_them

    def box_of(self, part: Part) -> pictures.Box:
        """Around one digit of the number."""
        assert self.number is not None
        return pictures.Box(*map(round, self.number.digits[int(part[0])].box))

    def _was_saved(self, part: Part) -> bool:
        box = self.box_of(part)
        return any(box.apart(each) <= -0.5 * min(box.width, each.width, box.height) for each in self.saved)

    def take(self, part: Part) -> None:
        """Take a saved digit of the number away. It stays away in another polarity."""
        self.saved.append(self.box_of(part))
        self.parts.take(part)

    def put_back(self, before: Sequence[Part], number: "Number | None") -> bool:
        """Offer the digits again that there were before some were taken; tell whether nothing prevents it.

        Another picture, another reading and a box that a person has moved prevent it.
        """
        if picture() is not self or self.number is not number or not self.several:
            return False
        missing = [own for own in before if own not in self.parts.digits]
        boxes = [self.box_of(own) for own in missing]
        self.saved = [box for box in self.saved if box not in boxes]
        self.parts.digits = [*before]
        self.parts.mark(before.index(missing[0]))
        return True

    @property
    def key(self) -> str:
        """Of the widgets that correct it."""
        return self.sha256[:16]

    @property
    def box_key(self) -> str:
        """Of the widget with the box; a new one for each box that is taken back."""
        return f"{self.key}-box-{self.boxes}"

    def take_box_back(self) -> None:
        """Look at the whole picture again."""
        self.boxes += 1
        self.correct()

    def correct(self) -> None:
        """Take the box and the polarity that the person has chosen."""
        box, light = chosen_box(self.box_key, self.gray.shape), chosen_polarity(self.key)
        light = self.found.light_on_dark if light is None else light
        if light != self.single.light_on_dark:
            self.number, self.parts = None, Parts()
        self.boxed = box is not None
        untouched = not self.boxed and light == self.found.light_on_dark
        self.corrected = None if untouched else pictures.digit(self.gray, box=box, light_on_dark=light)

    def show(self) -> None:
        """The picture with a box around the digit, which can be moved, or around each digit that is left."""
        found = self.single
        if self.several:
            others = [self.box_of(own) for own in self.parts.digits]
            box: pictures.Box | None = others[self.parts.marked]
        else:
            others = pictures.marks(pictures.ink(self.gray, light_on_dark=found.light_on_dark))
            box = found.box
        picture_box(self.gray, box, others, key=self.box_key)
        with st.container(horizontal=True, vertical_alignment="center"):
            polarity_switch(found.light_on_dark, key=self.key)
            if self.boxed:
                st.button(
                    _("Whole picture"), icon=":material/fullscreen:", type="tertiary", key="whole-picture",
                    on_click=guarded(self.take_box_back),
                    help=_("Take your box back, and read the whole picture again."),
                )  # fmt: skip

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
        before.correct()
        st.session_state["picture"] = before
        return before
    try:
        gray = picture_files.read_gray(content, file.name, side=picture_files.NUMBER_SIDE)
        given = Picture(sha256, gray, pictures.digit(picture_files.read_gray(content, file.name)).scaled_to(gray.shape))
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
