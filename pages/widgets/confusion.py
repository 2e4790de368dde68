"""The confusion matrix, and the images of the cell that a person chooses in it."""

import numpy as np
import numpy.typing as npt
import streamlit as st

from mnist_core.common.language import _, n_
from mnist_core.evaluation import charts
from mnist_core.evaluation.metrics import Evaluation
from mnist_core.models.model import Model
from pages.widgets.evaluation_set import EvaluationSet, Probabilities
from pages.widgets.image_dialog import enlarge
from pages.widgets.image_grid import image_grid
from pages.widgets.live_chart import live_chart

SHOWN = 60
LABEL, PREDICTED = "evaluate.label", "evaluate.predicted"
"""The session-state keys of the chosen cell."""


def confusion(result: Evaluation, judged_on: EvaluationSet, probabilities: Probabilities, model: Model) -> None:
    """Show the matrix beside the images of one cell, at first of the most frequent mistake."""
    left, right = st.columns(2)
    with left:
        figure = charts.confusion(result.confusion)
        clicked = live_chart(figure, key="confusion", height=460, modebar=False, clickable=True)
    if clicked:
        _choose(int(clicked["y"]), int(clicked["x"]))
    elif LABEL not in st.session_state:
        mistakes = result.confusion * (1 - np.eye(10, dtype=int))
        _choose(*map(int, divmod(int(mistakes.argmax()), 10)))
    with right:
        st.caption(_("Click a cell or choose one here to see its images. The most confident predictions come first."))
        row = st.columns(2)
        label = row[0].selectbox(_("Label"), range(10), key=LABEL)
        predicted = row[1].selectbox(_("Predicted"), range(10), key=PREDICTED)
        cell = np.nonzero((judged_on.labels == label) & (probabilities.argmax(axis=1) == predicted))[0]
        if len(cell):
            most_confident(cell, judged_on, probabilities, model, key="cell", side=56)
        else:
            st.caption(
                _("No image with the label {label} is predicted as {predicted}.", label=label, predicted=predicted)
            )


def _choose(label: int, predicted: int) -> None:
    st.session_state[LABEL], st.session_state[PREDICTED] = label, predicted


def most_confident(
    chosen: npt.NDArray[np.int64],
    judged_on: EvaluationSet,
    probabilities: Probabilities,
    model: Model,
    *,
    key: str,
    side: int = 64,
) -> None:
    """Show the images with these indices, those with the most confident predictions first. A click enlarges one."""
    confidence = probabilities[chosen].max(axis=1)
    order = chosen[np.argsort(-confidence, kind="stable")]
    shown = order[:SHOWN]
    captions = [f"{judged_on.labels[n]} → {probabilities[n].argmax()}, {probabilities[n].max():.0%}" for n in shown]
    clicked = image_grid(judged_on.images[shown], captions, key=f"images-{key}", side=side)
    if rest := len(order) - len(shown):
        st.caption(n_("… and {n} more", "… and {n:,} more", rest))
    if clicked is not None:
        enlarge(judged_on, int(shown[clicked]), model)
