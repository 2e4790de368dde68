"""The five steps of the loop, the current one marked."""

import streamlit as st

STEPS = ("Draw", "Correct", "Fine-tune", "Compare", "Keep")
HINTS = (
    "Draw a digit and see what the network predicts.",
    "Label the drawing. Correct wrong predictions and confirm correct ones.",
    "One click: the network learns your drawings and replays MNIST to limit forgetting.",
    "Compare accuracy before and after.",
    "Keep the new model or discard it.",
)


def loop_steps(current: int) -> None:
    """Five steps in a row; `current` (0…4) is marked."""
    parts = []
    for number, (name, hint) in enumerate(zip(STEPS, HINTS, strict=True)):
        state = "done" if number < current else "now" if number == current else "next"
        parts.append(f'<li class="{state}" title="{hint}"><b>{number + 1}</b>{name}</li>')
    st.html(f'<ol class="loop-steps" aria-label="the loop">{"".join(parts)}</ol><style>{CSS}</style>')


CSS = """
.loop-steps { display: flex; flex-wrap: wrap; gap: .4rem 1.6rem; list-style: none; padding: 0; margin: 0; }
.loop-steps li { display: flex; align-items: center; gap: .5rem; opacity: .55; margin: 0; }
.loop-steps b { display: inline-flex; width: 1.5rem; height: 1.5rem; border-radius: 50%; font-size: .8rem;
  align-items: center; justify-content: center; border: 1.5px solid currentColor; }
.loop-steps .now { opacity: 1; font-weight: 600; color: #6c63ff; }
.loop-steps .done { opacity: .9; }
"""
