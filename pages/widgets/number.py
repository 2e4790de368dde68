"""A number on the Draw page: its digits, each with its image and its probability; one is marked for the next label."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from mnist_core.collection.drawing import Drawing, images
from mnist_core.common.language import N_, _
from mnist_core.drawing import png_files
from pages.studio import predictor, studio
from pages.widgets.canvas import Frame
from pages.widgets.guarded import once
from pages.widgets.labelling import MARK, Desk
from pages.widgets.parts import Parts
from pages.widgets.source import Picture

if TYPE_CHECKING:
    from mnist_core.models.predictor import Prediction

MARGIN = 10
"""Between a digit's strokes and its frame, in pixels of the field."""
SHORT = 6
"""Digits that have room in a line of large letters."""
NUMBER_VERDICTS = {
    "sure": "",
    "not sure": N_("The network is **not sure** of every digit. Label the digits in turn."),
    "not a digit": N_(
        "**Not every part looks like a digit**, or two digits are taken for one. Leave more room between them."
    ),
}
"""The worst verdict of a digit → what it means for the person."""


@dataclass(frozen=True)
class ShownDigit:
    """One digit and its prediction."""

    drawing: Drawing
    prediction: "Prediction"

    @property
    def text(self) -> str:
        """The digit, or a question mark."""
        return str(self.prediction.digit) if self.prediction.recognised else "?"


@dataclass(frozen=True)
class ShownNumber:
    """Two digits or more, or the last ones of a number."""

    digits: Sequence[ShownDigit]
    place: int
    """Of the marked one."""

    @property
    def marked(self) -> ShownDigit:
        """The digit that a label is for."""
        return self.digits[self.place]

    @property
    def text(self) -> str:
        """Such as "2026"."""
        return "".join(each.text for each in self.digits)

    @property
    def verdict(self) -> str:
        """The worst one."""
        verdicts: set[str] = {each.prediction.verdict for each in self.digits}
        return next((each for each in reversed(NUMBER_VERDICTS) if each in verdicts), "sure")

    @property
    def frames(self) -> list[Frame]:
        """Around each digit on the field."""
        found = []
        for place, each in enumerate(self.digits):
            points = np.concatenate([np.asarray(stroke) for stroke in each.drawing.strokes or []])
            left, top = (points.min(axis=0) - MARGIN).tolist()
            right, bottom = (points.max(axis=0) + MARGIN).tolist()
            found.append(Frame((left, top, right, bottom), marked=place == self.place))
        return found


def number_on(this: Desk) -> ShownNumber | None:
    """The number on the sheet; None if one digit or nothing is drawn."""
    digits = this.digits(this.sheet.marks)
    if len(digits) < 2:
        return None
    return _number([Drawing(None, [this.sheet.marks[each]["points"] for each in own]) for own in digits], this.parts)


def number_in(picture: Picture) -> ShownNumber | None:
    """What is left of the number in a picture; None if it shows one digit."""
    picture.read(predictor(studio().registry.active()))
    return (
        _number([picture.drawing_of(own) for own in picture.parts.digits], picture.parts) if picture.several else None
    )


def _number(drawings: Sequence[Drawing], parts: Parts) -> ShownNumber:
    found = predictor(studio().registry.active()).predict_all(images(drawings))
    return ShownNumber([ShownDigit(*each) for each in zip(drawings, found, strict=True)], parts.marked)


def show_number(number: ShownNumber, on_press: Callable[[str], None]) -> None:
    """The number, and a button for each digit that marks it.

    Args:
        on_press: called with the meaning of such a press.
    """
    st.html(
        f'<div class="prediction" role="status" aria-live="polite" data-verdict="{number.verdict}" '
        f'style="font-size:{4 if len(number.digits) <= SHORT else 2.5}rem;font-weight:700;line-height:1.1;'
        f'overflow-wrap:anywhere">{number.text}</div>'
    )
    if said := NUMBER_VERDICTS[number.verdict]:
        st.markdown(_(said))
    with st.container(horizontal=True, gap="xsmall", key="digits"):
        for place, each in enumerate(number.digits):
            with st.container(width=76, gap="xxsmall", horizontal_alignment="center"):
                _show_digit(each, place, marked=place == number.place, on_press=on_press)


def _show_digit(one: ShownDigit, place: int, *, marked: bool, on_press: Callable[[str], None]) -> None:
    st.html(
        f'<img src="{png_files.data_url(one.drawing.image)}" width="60" height="60" '
        f'alt="{_("what the network sees: 28 × 28")}" style="image-rendering:pixelated;border-radius:6px">'
    )
    share = f"{one.prediction.probability:.0%}" if one.prediction.recognised else ""
    st.button(
        f"**{one.text}** {share}", key=f"{MARK}{place}", type="primary" if marked else "secondary", width="stretch",
        on_click=once(on_press), args=(f"{MARK}{place}",),
    )  # fmt: skip
