"""How accurate a model is and which images it misclassifies, on a test set or on the collected drawings."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from mnist_core.collection.flags import Flags
from mnist_core.common.language import N_, _, n_
from mnist_core.data import datasets, own
from mnist_core.evaluation import charts, metrics
from mnist_core.evaluation.interpretation import CHANCE
from mnist_core.jobs.runs import data_text
from mnist_core.models.model import Model
from pages.language import keep_choice
from pages.studio import studio
from pages.widgets import evaluation_set
from pages.widgets.confusion import confusion, most_confident
from pages.widgets.data_import import offer_mnist
from pages.widgets.evaluation_set import EvaluationSet, Probabilities
from pages.widgets.heading import heading
from pages.widgets.image_dialog import enlarge
from pages.widgets.image_grid import image_grid
from pages.widgets.live_chart import live_chart
from pages.widgets.own_images import own_images
from pages.widgets.table import harmless
from pages.widgets.text import escape

SHOWN = 60
SOURCES = {
    "mnist": N_("MNIST test set"),
    "drawings": N_("Your drawings"),
    "digits": N_("digits test set"),
}
SOURCE = "evaluate.source"
NONE = ""


def main() -> None:
    heading(_("Evaluate"), _("Measure how accurate a model is, see its mistakes, and compare it with another model."))
    models = {model.id: model for model in studio().registry.all() if model.card.usable}
    first, second, third = st.columns(3)
    model = models[_choice(first, _("Model"), models, [*models], studio().registry.active().id, "evaluate.model")]
    others = [NONE, *(each for each in models if each != model.id)]
    other = models.get(_choice(second, _("Compare with"), models, others, NONE, "evaluate.other"))
    keep_choice(SOURCE)
    sources = [*SOURCES, *map(str, own.saved(studio().workspace))]
    source = third.selectbox(_("Evaluate on"), sources, format_func=_title, key=SOURCE)
    own_images(_take, closed=_("Evaluate on other images"))
    if source == "mnist" and datasets.find_mnist(studio().workspace) is None:
        offer_mnist(_("You can also evaluate on digits, a small data set that comes with the program."), _take_digits)
        return
    judged = [model] if other is None else [model, other]
    judged_on = (
        evaluation_set.of_drawings(judged) if source == "drawings" else evaluation_set.of_data_set(source, judged)
    )
    if not len(judged_on.labels):
        st.info(
            _("You have no drawings yet. Draw and label some to see how well a model predicts them."),
            icon=":material/draw:",
        )
        st.page_link("pages/draw.py", label=_("Draw"), icon=":material/draw:")
        return
    probabilities = judged_on.probabilities(model)
    if other is None:
        _accuracy(st, model, metrics.accuracy(judged_on.labels, probabilities.argmax(axis=1)))
    else:
        _compare(model, other, judged_on, probabilities, judged_on.probabilities(other))
        st.markdown(f"## {escape(model.name)}")
    _one(model, judged_on, probabilities)


def _choice(column: Any, label: str, models: dict[str, Model], ids: list[str], default: str, key: str) -> str:
    """The id of a model that a person chooses."""
    keep_choice(key)
    chosen: str = column.selectbox(
        label, ids, index=ids.index(default), key=key,
        format_func=lambda model_id: models[model_id].title if model_id else _("No other model"),
    )  # fmt: skip
    return chosen


def _title(source: str) -> str:
    return _(SOURCES[source]) if source in SOURCES else Path(source).stem


def _take(source: str) -> None:
    st.session_state[SOURCE] = source


def _take_digits() -> None:
    _take("digits")


def _accuracy(column: Any, model: Model, accuracy: metrics.Accuracy) -> None:
    low, high = accuracy.interval
    column.metric(escape(model.name), f"{accuracy.share:.2%}")
    column.caption(
        _(
            "{wrong:,} of {count:,} misclassified; 95% confidence interval {low:.2%} to {high:.2%}",
            wrong=accuracy.count - accuracy.right, count=accuracy.count, low=low, high=high,
        )
    )  # fmt: skip


def _one(model: Model, judged_on: EvaluationSet, probabilities: Probabilities) -> None:
    labels = judged_on.labels
    overview, matrix, curves, mistakes, flagged = st.tabs(
        [_("Overview"), _("Confusion matrix"), _("ROC curve"), _("Most confident mistakes"), _("Flagged")],
        key="evaluate.tabs",
    )
    with mistakes:
        wrong = np.nonzero(probabilities.argmax(axis=1) != labels)[0]
        if len(wrong):
            most_confident(wrong, judged_on, probabilities, model, key="mistakes")
        else:
            st.success(_("No image is misclassified."), icon=":material/check:")
    with flagged:
        _flagged(model)
    with overview, st.spinner(_("Computing…")):  # the first time, scikit-learn is loaded
        result = metrics.evaluate(labels, probabilities)
        _by_digit(result)
    with matrix:
        confusion(result, judged_on, probabilities, model)
    with curves:
        found = {str(d): curve for d in range(10) if (curve := metrics.roc(labels, probabilities, d)) is not None}
        live_chart(charts.roc(found), key="roc", height=460)
        st.caption(
            _(
                "Each digit against the rest. The false-positive rate is on a logarithmic axis, because the curves "
                "of good models lie close to its left end. The area under the curve is 1 for a perfect model and 0.5 "
                "for guessing."
            )
        )


def _flagged(model: Model) -> None:
    """The images that a person has flagged, whatever they were evaluated with."""
    flagged = Flags(studio().workspace).all()
    if not flagged:
        st.caption(_("Nothing is flagged. Click an image to enlarge it, then press “Flag”."))
        return
    images = evaluation_set.of_flagged(flagged)
    captions = [f"{each.label} · {data_text(each.source)}" for each in flagged]
    if (clicked := image_grid(images.images, captions, key="images-flagged")) is not None:
        enlarge(replace(images, source=flagged[clicked].source), clicked, model)


def _by_digit(result: metrics.Evaluation) -> None:
    """Each figure for the ten digits; a dash where it is not defined."""
    figures: dict[str, Any] = {
        _("Precision"): result.precision, _("Recall"): result.recall, _("F1 score"): result.f1,
    }  # fmt: skip
    texts = {
        title: ["–" if np.isnan(value) else f"{value:.4f}" for value in values] for title, values in figures.items()
    }
    rows: list[dict[str, Any]] = [
        {_("Digit"): digit, **{title: texts[title][digit] for title in texts}, _("Images"): int(result.support[digit])}
        for digit in range(10)
    ]
    st.dataframe(
        harmless(rows),
        hide_index=True,
        width="content",
        height="content",
        column_config={title: st.column_config.TextColumn(alignment="right") for title in texts},
    )


def _compare(model: Model, other: Model, judged_on: EvaluationSet, ours: Probabilities, theirs: Probabilities) -> None:
    labels, our_digits, their_digits = judged_on.labels, ours.argmax(axis=1), theirs.argmax(axis=1)
    left, right, middle = st.columns(3)
    _accuracy(left, model, metrics.accuracy(labels, our_digits))
    _accuracy(right, other, metrics.accuracy(labels, their_digits))
    change = metrics.paired(labels, their_digits, our_digits)
    with middle:
        for name, count in ((model.name, change.became_right), (other.name, change.became_wrong)):
            st.markdown(_("Only **{model}** is correct: **{n:,}**", model=escape(name), n=count))
        if change.p_value < CHANCE:
            st.caption(_("Exact McNemar test: p = {p:.2g}. Unlikely to be chance.", p=change.p_value))
        else:
            st.caption(_("Exact McNemar test: p = {p:.2g}. Could be chance.", p=change.p_value))
    differ = np.nonzero((our_digits == labels) != (their_digits == labels))[0]
    if len(differ):
        title = n_("The {n} image on which they differ", "The {n:,} images on which they differ", len(differ))
        with st.expander(title, key="evaluate.differ"):
            shown = differ[:SHOWN]
            captions = [f"{labels[n]}: {our_digits[n]} / {their_digits[n]}" for n in shown]
            marks = [charts.RIGHT if our_digits[n] == labels[n] else charts.WRONG for n in shown]
            clicked = image_grid(judged_on.images[shown], captions, key="images-differ", marks=marks)
            if clicked is not None:
                enlarge(judged_on, int(shown[clicked]), model)


main()
