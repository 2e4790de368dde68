"""The presets as cards: what each trains, how accurate it gets, how long that takes here, and what it teaches."""

from collections.abc import Callable, Sequence
from html import escape

import streamlit as st

from mnist_core.common.clock import roughly
from mnist_core.common.language import _, listed, sentences
from mnist_core.config.presets import OFFERED, PRESETS
from mnist_core.config.schema import TrainConfig
from mnist_core.evaluation import training_time
from mnist_core.evaluation.sketches import sketches
from pages.widgets.architecture import thumbnail
from pages.widgets.guarded import guarded

WIDTH = 172
"""Of a card, in pixels."""


def preset_cards(
    chosen: str, changed: Sequence[str], dataset: str, images: int | None, speed: float | None,
    take: Callable[[str], object],
) -> None:  # fmt: skip
    """A row of cards, the quickest training first.

    Args:
        changed: the settings that have been changed since; beside the preset's name, so that the form stays in place.
        dataset: the form's data set; the accuracies are those on MNIST.
        images: how many training images it has; None if that is unknown.
        speed: the images of the reference network that this machine trains on in a second; None if that is unknown.
        take: called with the preset of the card that is clicked.
    """
    since = [f":gray[:small[{_('Changed since the preset: {names}.', names=listed(changed))}]]"] if changed else []
    st.markdown(" ".join([f"**{_('Preset: {preset}', preset=chosen)}**", *since]))
    st.caption(_explained(dataset, is_timed=bool(images and speed)))
    with st.container(horizontal=True, wrap=False, key="presets", gap="small"):
        for name in OFFERED:
            with st.container(key=f"preset-card-{name}", width=WIDTH):
                config = TrainConfig(**PRESETS[name])
                is_chosen = name == chosen
                st.button(
                    name, key=f"train.preset.{name}", type="tertiary", on_click=guarded(take), args=(name,),
                    icon=":material/check_circle:" if is_chosen else None,
                )  # fmt: skip
                seconds = training_time.seconds(config, images, speed) if images and speed else None
                accuracy = OFFERED[name].accuracy if dataset == "mnist" else ""
                shown = _card(name, config, accuracy, seconds, is_chosen=is_chosen)
                st.markdown(shown, unsafe_allow_html=True)


def _explained(dataset: str, *, is_timed: bool) -> str:
    """What the figures on the cards are."""
    said = [] if dataset == "mnist" else [_("How accurate the presets are is known for MNIST only.")]
    said += [_("Accuracies are those on MNIST's test set.")] if dataset == "mnist" else []
    said.append(
        _("Times are estimates for this machine.")
        if is_timed
        else _("Times appear when the speed of this machine and the number of images are known.")
    )
    return sentences(said)


def _card(name: str, config: TrainConfig, accuracy: str, seconds: float | None, *, is_chosen: bool) -> str:
    """The HTML of a card below its name."""
    sketch = sketches()[config.architecture]
    weights = sketch.weights_of(config.ensemble_size, outputs=2 if config.learns_outliers else 1)
    figures = [
        (_("Accuracy on MNIST"), accuracy, "first"),
        (_("Training time on this machine"), roughly(seconds) if seconds else "", "first"),
        (_("Parameters"), _("{parameters:,} parameters", parameters=weights), ""),
    ]
    terms = [
        f'<div><dt>{escape(term)}</dt><dd class="{kind}">{escape(value)}</dd></div>'
        for term, value, kind in figures
        if value
    ]
    return (
        f'<div class="preset{" chosen" if is_chosen else ""}">{thumbnail(sketch)}<dl>{"".join(terms)}</dl>'
        f"<p>{escape(_(OFFERED[name].teaches))}</p></div>"
    )
