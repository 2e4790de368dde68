"""The five steps of the loop, the current one marked."""

import html

import streamlit as st

from mnist_core.common.language import N_, _

STEPS = {
    N_("Draw"): N_("Draw a digit and see what the network predicts."),
    N_("Correct"): N_("Label the drawing. Correct wrong predictions and confirm correct ones."),
    N_("Fine-tune"): N_("One click: the network learns your drawings and replays MNIST to limit forgetting."),
    N_("Compare"): N_("Compare accuracy before and after."),
    N_("Keep"): N_("Keep the new model or discard it."),
}
"""Step → what one does in it."""


def loop_steps(current: int) -> None:
    """Five steps in a row; `current` (0…4) is marked."""
    items = []
    for number, (name, hint) in enumerate(STEPS.items()):
        state = "done" if number < current else "now" if number == current else "next"
        marked = ' aria-current="step"' if number == current else ""
        title = html.escape(_(hint))
        items.append(f'<li class="{state}" title="{title}"{marked}><b>{number + 1}</b>{html.escape(_(name))}</li>')
    label = html.escape(_("The steps of the loop"))
    st.html(f'<ol class="loop-steps" aria-label="{label}">{"".join(items)}</ol><style>{CSS}</style>')


CSS = """
ol.loop-steps.loop-steps { display: flex; flex-wrap: wrap; gap: .4rem 1.6rem; list-style: none; padding: 0; margin: 0; }
.loop-steps li { display: flex; align-items: center; gap: .5rem; opacity: .75; margin: 0; padding: 0; }
.loop-steps b { display: inline-flex; width: 1.5rem; height: 1.5rem; border-radius: 50%; font-size: .8rem;
  align-items: center; justify-content: center; border: 1.5px solid currentColor; }
.loop-steps .now { opacity: 1; font-weight: 600; color: light-dark(#4f46e5, #8f88ff); }
.loop-steps .done { opacity: .95; }
@media (max-width: 767.98px) { ol.loop-steps.loop-steps { gap: .3rem .55rem; } .loop-steps li { gap: .35rem; } }
"""
