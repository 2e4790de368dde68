"""Some images that a model misclassifies, as small pictures on its card."""

import numpy as np
import streamlit as st

from mnist_core.common.language import _
from mnist_core.data import datasets
from mnist_core.evaluation.charts import WRONG
from mnist_core.models.model import Model
from pages.studio import studio
from pages.widgets import evaluation_set
from pages.widgets.image_dialog import enlarge
from pages.widgets.image_grid import image_grid

SHOWN = 12
JUDGED = 2_000
"""How many test images are tried, for the card is to be there soon; the Evaluate page tries all."""


def mistakes(model: Model) -> None:
    """Show the most confident mistakes among the first test images of its data; nothing if it cannot predict them."""
    name = "digits" if (training := studio().registry.training_of(model)) and training.dataset == "digits" else "mnist"
    if not model.card.usable or model.without_onnx:
        return
    if name == "mnist" and datasets.find_mnist(studio().workspace) is None:
        return
    judged_on = evaluation_set.of_data_set(name, [model]).first(JUDGED)
    probabilities = judged_on.probabilities(model)
    predicted = probabilities.argmax(axis=1)
    wrong = np.nonzero(predicted != judged_on.labels)[0]
    if not len(wrong):
        st.caption(_("It misclassifies none of the first {count:,} test images.", count=len(predicted)))
        return
    shown = wrong[np.argsort(-probabilities[wrong].max(axis=1), kind="stable")][:SHOWN]
    st.caption(
        _(
            "Its most confident mistakes among the first {count:,} test images: label → prediction.",
            count=len(predicted),
        )
    )
    captions = [f"{judged_on.labels[n]} → {predicted[n]}" for n in shown]
    clicked = image_grid(judged_on.images[shown], captions, key="images-mistakes", side=48, marks=[WRONG] * len(shown))
    if clicked is not None:
        enlarge(judged_on, int(shown[clicked]), model)
