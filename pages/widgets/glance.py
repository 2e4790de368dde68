"""The prediction at one glance: the digit, how sure the network is, the runner-up, and the image that it sees."""

import html
from typing import TYPE_CHECKING

import streamlit as st

from mnist_core.collection.drawing import Drawing
from mnist_core.common.language import N_, _
from pages.widgets.digits import figure

if TYPE_CHECKING:
    from mnist_core.models.predictor import Prediction

NAMED = 0.01
"""A runner-up with a smaller probability is not named."""
SIDE = 96
"""The image's side on the page, in pixels."""
VERDICTS = {
    "sure": (N_("Sure: {share:.1%}"), ""),
    "not sure": (N_("Not sure: {share:.1%}"), N_("Label the drawing, and the next fine-tuning learns it.")),
    "not a digit": (N_("Not a digit"), N_("If you drew one, label it.")),
    "several": (N_("Several digits"), N_("The quiz asks for one at a time: draw a single digit.")),
}
"""Verdict → what it says, and what the person can do."""


def glance(prediction: "Prediction | None", drawing: Drawing | None, hint: tuple[str, str]) -> None:
    """
    Args:
        hint: a title and a sentence, both untranslated, for when there is nothing to predict.
    """
    with st.container(key="glance"):
        if drawing is None or prediction is None or prediction.verdict == "nothing drawn":
            # One element, as below: a second one would stand below the prediction until the script has ended.
            st.markdown(f"## {_(hint[0])}\n\n{_(hint[1])}")
            return
        said, advice = VERDICTS[prediction.verdict]
        lines = [f"<b>{html.escape(_(said, share=prediction.probability))}</b>"]
        lines += [f"<span>{html.escape(each)}</span>" for each in (_second(prediction), advice and _(advice)) if each]
        st.html(
            f'<div class="glance" role="status" aria-live="polite" data-verdict="{prediction.verdict}">'
            f'<span class="prediction">{prediction.digit if prediction.recognised else "?"}</span>'
            f'<div class="words">{"".join(lines)}</div>'
            f"{figure(drawing.image, SIDE, _('what the network sees: 28 × 28'))}</div>"
        )


def _second(prediction: "Prediction") -> str:
    """What the drawing may be instead."""
    if prediction.verdict == "several":
        return ""
    if not prediction.recognised:
        return _("most like {digit}", digit=prediction.digit)
    shares = prediction.probabilities
    second = max((digit for digit in range(10) if digit != prediction.digit), key=shares.__getitem__)
    return _("or {digit}: {share:.0%}", digit=second, share=shares[second]) if shares[second] >= NAMED else ""
