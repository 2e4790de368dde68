"""A model's card, for a person: what it is, how good it is, and what it was made from."""

from collections.abc import Iterator, Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from mnist_core.common import clock
from mnist_core.common.language import Text, _, n_, sentences
from mnist_core.config.architectures import ARCHITECTURES
from mnist_core.config.fields import option
from mnist_core.evaluation.metrics import Accuracy
from mnist_core.evaluation.reports import Replayed
from mnist_core.evaluation.trade_off import ACCURACIES, compared
from mnist_core.models.card import Card, Compression, FederatedData, Figures, FineTuningData, TrainingData
from mnist_core.models.model import Model
from pages.widgets.model_use import model_use
from pages.widgets.text import escape

SAID_ELSEWHERE = {"name", "model", "start_from", "include_earlier"}
"""Settings that the table leaves out: the card names the models and counts the drawings."""


def model_card(model: Model, line: Sequence[Model]) -> DeltaGenerator:
    """Show the card; return the place for some of its mistakes, which take longer.

    Args:
        line: the model, its base, its base's base, …
    """
    card = model.card
    _figures(card)
    examples = st.container()
    about, settings = st.columns([3, 2], gap="large")
    with about:
        st.markdown("  \n".join(f":material/{icon}: {sentence}" for icon, sentence in _about(card, line)))
        if card.command:
            st.caption(_again(card))
            st.code(_commands(card, line), language=None, wrap_lines=True)
    with settings:
        _settings(card)
    model_use(model)
    if card.sources:
        with st.expander(_("Sources of the training data"), icon=":material/copyright:"):
            st.code(card.sources, language=None, wrap_lines=True)  # as it is: names and licences are not translated
    with st.expander(_("Card as JSON"), key="models.card", icon=":material/data_object:"):
        st.json(card.model_dump(exclude_none=True, mode="json"))
    return examples


def _figures(card: Card) -> None:
    with st.container(horizontal=True, gap="medium"):
        accuracy = f"{card.test.share:.2%}" if card.test else "–"
        with st.container(width="content", gap="xxsmall"):
            st.metric(_("Test accuracy"), accuracy, width="content")
            if card.test:
                low, high = card.test.interval
                st.caption(_("95%: {low:.2%} to {high:.2%}", low=low, high=high))
        st.metric(_("Architecture"), option(card.architecture) or "–", width="content")
        st.metric(_("Parameters"), f"{card.parameters:,}", width="content")


def _about(card: Card, line: Sequence[Model]) -> Iterator[tuple[str, Text]]:
    """Icons and sentences: its kind, how good it is, from which data and from which models it was made."""
    made = escape(clock.local(card.created))
    yield "deployed_code", _("Kind: **{kind}**. Created: {moment}.", kind=card.kind_text, moment=made)
    if card.architecture in ARCHITECTURES:
        what = _(ARCHITECTURES[card.architecture])
        yield "schema", _("Architecture **{name}**: {what}.", name=option(card.architecture), what=what)
    if card.compression:
        yield "compress", _compressed(card.compression)
    yield "grading", _tested(card.test)
    if trust := _trusted(card.figures):
        yield "balance", trust
    if card.training_data:
        yield "dataset", _trained_on(card.training_data)
    if card.fine_tuning_data:
        yield "draw", _fine_tuned_on(card.fine_tuning_data)
    if card.federated_data:
        yield "hub", _federated(card.federated_data)
    if card.kind == "imported":
        yield "upload_file", _("It was imported from a file, which does not say what it was trained on.")
        if card.inputs:
            yield "image_search", card.inputs.text
    if len(line) > 1:
        yield "account_tree", _lineage(line)
    elif source := card.training_data and card.training_data.started_from:
        yield "account_tree", _("The training started from the weights of **{base}**.", base=escape(source.name))


def _tested(test: Accuracy | None) -> Text:
    if test is None:
        return _("The test accuracy was not measured.")
    low, high = test.interval
    return _(
        "It predicts {right:,} of {count:,} test images correctly. The 95% confidence interval of the test accuracy "
        "is {low:.2%} to {high:.2%}.",
        right=test.right, count=test.count, low=low, high=high,
    )  # fmt: skip


def _trusted(figures: Figures) -> Text | None:
    """How far its probabilities and its refusals can be relied on; None if that was not measured."""
    said = []
    if figures.calibration_error is not None and figures.calibration_error_before is not None:
        said.append(
            _(
                "Its probabilities differ from the share of correct predictions by {after:.2f} percentage points on "
                "average ({before:.2f} before calibration).",
                after=100 * figures.calibration_error, before=100 * figures.calibration_error_before,
            )
        )  # fmt: skip
    if figures.outliers_refused is not None:
        said.append(
            _("It refuses {share:.1%} of the held-out non-digits of its training.", share=figures.outliers_refused)
        )
    return sentences(said) if said else None


def _compressed(compression: Compression) -> Text:
    """What was done, and what it changed: on the test images, or else on the validation images."""
    point, base = compression.point, compression.base
    accuracy = "test" if point.test else "validation"
    return _(
        "Compressed: **{steps}**. Compared with its base: {difference} ({images}).",
        steps=escape(point.text), difference=compared(point, base, accuracy), images=_(ACCURACIES[accuracy]),
    )  # fmt: skip


def _trained_on(data: TrainingData) -> Text:
    said = [_("Trained on **{dataset}**: {count:,} images.", dataset=escape(data.title), count=data.trained_on)]
    if not data.trained_on:
        said = [_("No step trained it. It was measured on **{dataset}**.", dataset=escape(data.title))]
    if data.synthetic:
        said.append(_("{count:,} of them are synthetic.", count=data.synthetic))
    if data.drawings:
        said.append(_("It also learned the drawings in {file}.", file=escape(data.drawings)))
    if data.outliers:
        said.append(_("It learned to refuse {count:,} non-digits.", count=data.outliers))
    said.append(
        _(
            "Validated on {validated:,} images, tested on {tested:,}.",
            validated=data.validated_on,
            tested=data.tested_on,
        )
    )
    return sentences(said)


def _fine_tuned_on(data: FineTuningData) -> Text:
    replayed: dict[Replayed, Text] = {
        "mnist": _("To limit forgetting, it replayed images of MNIST."),
        "synthetic": _("To limit forgetting, it replayed synthetic digits."),
    }
    said = [n_("Fine-tuned on **{n} drawing**.", "Fine-tuned on **{n:,} drawings**.", data.learned)]
    if data.left_out:
        said.append(
            n_(
                "{n} drawing with a label issue was left out.",
                "{n:,} drawings with label issues were left out.",
                data.left_out,
            )
        )
    return sentences([*said, replayed[data.replayed]])


def _federated(data: FederatedData) -> Text:
    said = [
        _(
            "**{clients:,} clients** learned {drawings:,} drawings in {rounds:,} rounds. Their weights were "
            "averaged.",
            clients=data.clients, drawings=data.drawings, rounds=data.rounds,
        )
    ]  # fmt: skip
    if data.epsilon is not None and data.delta is not None:
        said.append(
            _(
                "Differential privacy of the weights: ε = {epsilon:.3g} at δ = {delta:g}.",
                epsilon=data.epsilon,
                delta=data.delta,
            )
        )
    return sentences(said)


def _lineage(line: Sequence[Model]) -> Text:
    base, root = escape(line[1].name), escape(line[-1].name)
    if len(line) == 2:
        return _("Its base is **{base}**, the first model of its lineage.", base=base)
    return _("Its base is **{base}**. The first model of its lineage is **{root}**.", base=base, root=root)


def _again(card: Card) -> Text:
    """What the command does."""
    if card.stopped_after is None:
        return _("To make the same model again on the command line:")
    return n_(
        "The training was stopped after {n} epoch. To make the same model again, stop this command there:",
        "The training was stopped after {n} epochs. To make the same model again, stop this command there:",
        card.stopped_after,
    )


def _commands(card: Card, line: Sequence[Model]) -> str:
    """The command that trains it. If its base is not on this machine, the command that trains the base comes first."""
    source = card.training_data and card.training_data.started_from
    first = source.command if source and len(line) == 1 else ""
    return "\n".join(each for each in (first, card.command) if each)


def _settings(card: Card) -> None:
    if (config := card.config) is None:
        return
    changed = [name for name in config.changed() if name not in SAID_ELSEWHERE]
    if not changed:
        st.caption(_("All settings have their default values."))
        return
    rows = [
        {
            _("Setting"): escape(config.label(name)),
            _("Value"): escape(config.value_text(name, getattr(config, name))),
            _("Default"): escape(config.value_text(name, type(config).model_fields[name].default)),
        }
        for name in changed
    ]
    st.caption(_("Settings that differ from the defaults:"))
    st.table(rows, border="horizontal")
