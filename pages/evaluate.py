"""How accurate a model is and which images it misclassifies, on a test set or on the collected drawings."""

from typing import Any

import numpy as np
import numpy.typing as npt
import streamlit as st

from mnist_core.common.language import _
from mnist_core.common.text import a
from mnist_core.data import datasets
from mnist_core.evaluation import charts, metrics
from mnist_core.evaluation.interpretation import CHANCE
from mnist_core.models.registry import Model
from pages.studio import studio
from pages.widgets import evaluation_set
from pages.widgets.data_import import offer_mnist
from pages.widgets.digits import strip
from pages.widgets.evaluation_set import EvaluationSet, Images, Labels, Probabilities
from pages.widgets.live_chart import live_chart
from pages.widgets.text import escape

SHOWN = 60
MNIST, SMALL, OWN = "MNIST, test set", "Small digits, test set", "Your drawings"


def main() -> None:
    models = [model for model in studio().registry.all() if model.card.usable]
    active = studio().registry.active().id
    first, second, third = st.columns(3)
    model = first.selectbox(
        "Model", models, index=next(n for n, each in enumerate(models) if each.id == active), format_func=_name
    )
    others = [None, *(each for each in models if each.id != model.id)]
    other = second.selectbox(
        "Compare with", others, format_func=lambda each: "nothing" if each is None else _name(each)
    )
    source = third.selectbox("On", [MNIST, OWN, SMALL])
    if source == MNIST and datasets.find_mnist(studio().workspace) is None:
        offer_mnist(_("You can also choose *{small}* above: 1,797 images that come with the program.", small=SMALL))
        return
    judged_on = _chosen(source, [each for each in (model, other) if each is not None])
    if not len(judged_on.labels):
        st.info(
            "You have no drawings yet. Draw and label some to see how well a model predicts them.",
            icon=":material/draw:",
        )
        st.page_link("pages/draw.py", label="Draw", icon=":material/draw:")
        return
    probabilities = judged_on.probabilities(model)
    if other is not None:
        _compare(model, other, judged_on, probabilities, judged_on.probabilities(other))
    _one(model, judged_on, probabilities)


def _chosen(source: str, models: list[Model]) -> EvaluationSet:
    if source == OWN:
        return evaluation_set.of_drawings(models)
    return evaluation_set.of_data_set("mnist" if source == MNIST else "digits")


def _name(model: Model) -> str:
    return model.name


def _accuracy(column: Any, title: str, accuracy: metrics.Accuracy) -> None:
    low, high = accuracy.interval
    column.metric(title, f"{accuracy.share:.2%}", help=f"{accuracy.right:,} of {accuracy.count:,}")
    column.caption(
        f"{accuracy.count - accuracy.right:,} of {accuracy.count:,} misclassified. 95 % interval {low:.2%} to "
        f"{high:.2%}"
    )


def _one(model: Model, judged_on: EvaluationSet, probabilities: Probabilities) -> None:
    images, labels = judged_on.images, judged_on.labels
    result = metrics.evaluate(labels, probabilities)
    overview, matrix, curves, mistakes = st.tabs(["Overview", "Confusion", "ROC", "Most confident mistakes"])
    with overview:
        _accuracy(st, model.name, result.accuracy)
        figures = _by_digit(result)
        st.dataframe(
            {"digit": range(10), **figures, "images": result.support},
            hide_index=True,
            width="content",
            height="content",
            column_config={name: st.column_config.TextColumn(alignment="right") for name in figures},
        )
    with matrix:
        _confusion(result, images, labels, probabilities)
    with curves:
        found = {str(d): curve for d in range(10) if (curve := metrics.roc(labels, probabilities, d)) is not None}
        live_chart(charts.roc(found), key="roc", height=460)
        st.caption(
            "Each digit against the rest. The area under the curve is 1 for a perfect model and 0.5 for guessing."
        )
    with mistakes:
        wrong = np.nonzero(probabilities.argmax(axis=1) != labels)[0]
        if len(wrong):
            _images(wrong, images, labels, probabilities)
        else:
            st.success("No image is misclassified.", icon=":material/check:")


def _by_digit(result: metrics.Evaluation) -> dict[str, list[str]]:
    """Each figure for the ten digits; a dash where it is not defined."""
    figures = {"precision": result.precision, "recall": result.recall, "F1": result.f1}
    return {name: ["–" if np.isnan(value) else f"{value:.4f}" for value in each] for name, each in figures.items()}


def _confusion(result: metrics.Evaluation, images: Images, labels: Labels, probabilities: Probabilities) -> None:
    left, right = st.columns(2)
    with left:
        clicked = live_chart(
            charts.confusion(result.confusion), key="confusion", height=460, modebar=False, clickable=True
        )
    if clicked:
        _choose_cell(int(clicked["y"]), int(clicked["x"]))
    elif "evaluate.is" not in st.session_state:
        mistakes = result.confusion * (1 - np.eye(10, dtype=int))
        _choose_cell(*map(int, divmod(int(mistakes.argmax()), 10)))
    with right:
        st.caption("Click a cell or choose one here to see its images, the most confident first.")
        row = st.columns(2)
        label = row[0].selectbox("is a", range(10), key="evaluate.is")
        predicted = row[1].selectbox("predicted as", range(10), key="evaluate.predicted")
        cell = np.nonzero((labels == label) & (probabilities.argmax(axis=1) == predicted))[0]
        if len(cell):
            _images(cell, images, labels, probabilities, side=56)
        else:
            st.caption(f"No {label} is predicted as {a(predicted)}.")


def _choose_cell(label: int, predicted: int) -> None:
    st.session_state["evaluate.is"], st.session_state["evaluate.predicted"] = label, predicted


def _images(
    chosen: npt.NDArray[np.int64], images: Images, labels: Labels, probabilities: Probabilities, side: int = 64
) -> None:
    """Sorted by confidence, the most confident first."""
    confidence = probabilities[chosen].max(axis=1)
    order = chosen[np.argsort(-confidence)]
    shown = order[:SHOWN]
    captions = [f"{labels[n]} → {probabilities[n].argmax()}, {probabilities[n].max():.0%}" for n in shown]
    strip(images[shown], captions, side=side)
    if len(order) > SHOWN:
        st.caption(f"… and {len(order) - SHOWN:,} more.")


def _compare(model: Model, other: Model, judged_on: EvaluationSet, ours: Probabilities, theirs: Probabilities) -> None:
    images, labels = judged_on.images, judged_on.labels
    left, right, middle = st.columns(3)
    _accuracy(left, model.name, metrics.accuracy(labels, ours.argmax(axis=1)))
    _accuracy(right, other.name, metrics.accuracy(labels, theirs.argmax(axis=1)))
    change = metrics.paired(labels, theirs.argmax(axis=1), ours.argmax(axis=1))
    luck = "Unlikely to be chance." if change.p_value < CHANCE else "Could be chance."
    with middle:
        st.markdown(
            f"Only **{escape(model.name)}** is correct: **{change.became_right}**. "
            f"Only **{escape(other.name)}** is correct: **{change.became_wrong}**."
        )
        st.caption(f"Exact McNemar test: p = {change.p_value:.2g}. {luck}")
    differ = np.nonzero((ours.argmax(axis=1) == labels) != (theirs.argmax(axis=1) == labels))[0][:SHOWN]
    if len(differ):
        with st.expander(f"The {change.became_right + change.became_wrong} images on which they differ"):
            captions = [f"{labels[n]}: {ours[n].argmax()} / {theirs[n].argmax()}" for n in differ]
            marks = [charts.RIGHT if ours[n].argmax() == labels[n] else charts.WRONG for n in differ]
            strip(images[differ], captions, marks=marks)
    st.divider()


main()
