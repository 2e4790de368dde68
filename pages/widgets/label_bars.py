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

# A button's text is its accessible name, such as "Label as 7, 96%". It has no size except for the digit and the share.
CSS = """
.st-key-labels { --height: 13rem; --track: light-dark(#f4f4f8, #1c1e29); --edge: light-dark(#4f46e5, #8f88ff);
  --best: light-dark(#4f46e5, #5b52f0); position: relative;
  display: grid; grid-template-columns: repeat(10, minmax(0, 1fr)); gap: .4rem; }
.st-key-labels > div { width: auto !important; min-width: 0; }
.st-key-labels > div:has([data-testid="stHtml"]) { position: absolute; }
.st-key-labels button { position: relative; width: 100%; height: var(--height); padding: 0; overflow: hidden;
  background: var(--track); color: inherit; border-color: var(--frame, light-dark(#d4d5e0, #3a3d54)); }
.st-key-labels button:is(:hover, :focus-visible, :active) { background: var(--track); color: inherit;
  border-color: var(--edge); }
.st-key-labels button::before { content: ""; position: absolute; inset: auto 0 0; transition: height .12s;
  height: calc((100% - 1.7rem) * var(--share, 0)); min-height: var(--least, 0);
  background: var(--fill, light-dark(#cbccdb, #454960)); }
.st-key-labels button p { font-size: 0; }
.st-key-labels :is(strong, em) { position: absolute; inset: auto 0 .35rem; text-align: center; }
.st-key-labels strong { font-size: 1.25rem; line-height: 1.6rem; font-weight: 600; color: var(--ink, inherit); }
.st-key-labels em { bottom: calc(max(2.2rem, (100% - 1.7rem) * var(--share, 0)) + .2rem); font-size: .8rem;
  line-height: 1.2rem; font-style: normal; }
.st-key-labels kbd { display: none; }
@media (max-width: 1023.98px) {
  .st-key-labels { gap: .2rem; }
  .st-key-labels em { font-size: .68rem; letter-spacing: -.02em; }
}
@media (max-width: 640px) { .st-key-labels { --height: 7rem; } }
"""


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
