"""The ten probabilities as bars. Each bar is the button that labels the drawing with its digit."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from mnist_core.common.language import _
from pages.widgets.guarded import once
from pages.widgets.labelling import press

if TYPE_CHECKING:
    from mnist_core.models.predictor import Prediction

WRITTEN = 0.01
"""A smaller probability is not written on its bar."""
CHOSEN = {"--fill": "var(--best)", "--frame": "var(--edge)", "--ink": "#fff", "--least": "2.3rem"}
"""What distinguishes the predicted digit's bar."""


def label_bars(prediction: "Prediction | None") -> None:
    """Ten bars with the keys 0–9; flat ones if nothing is drawn. The predicted digit's stands out."""
    drawn = prediction is not None and prediction.verdict != "nothing drawn"
    shares = prediction.probabilities if prediction is not None and drawn else (0.0,) * 10
    chosen = prediction.digit if prediction is not None and prediction.recognised else None
    with st.container(horizontal=True, gap="xxsmall", key="labels"):
        for digit, share in enumerate(shares):
            st.button(
                _text(digit, share), key=f"label-{digit}", shortcut=str(digit), width="stretch",
                on_click=once(press), args=(digit,),
            )  # fmt: skip
        st.html(_style(shares, chosen))


def _text(digit: int, share: float) -> str:
    if share < WRITTEN:
        return _("Label as **{digit}**", digit=digit)
    return _("Label as **{digit}**, *{share:.0%}*", digit=digit, share=share)


def _style(shares: Sequence[float], chosen: int | None) -> str:
    """The bars' heights, and the chosen one's colours.

    They are a style and not a type of button: another type is another element, which would not keep the focus. The
    empty element keeps the style here: Streamlit moves HTML that is nothing but a style to another place.
    """
    rules = [f".st-key-label-{digit} {{ --share: {share:.3f}; }}" for digit, share in enumerate(shares)]
    if chosen is not None:
        rules.append(f".st-key-label-{chosen} {{{';'.join(f'{name}:{value}' for name, value in CHOSEN.items())}}}")
    return f"<i></i><style>{' '.join(rules)}</style>"
