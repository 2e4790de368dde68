"""The quiz on the Draw page: it asks for a digit, and one press says that it was drawn."""

from collections.abc import Callable, Sequence

import numpy as np
import streamlit as st

from mnist_core.collection.quiz import Quiz
from mnist_core.common.text import a
from pages.studio import studio
from pages.widgets.guarded import guarded, once

ROUND = 10
"""After so many drawings it is time to teach them."""
ON = "quiz.on"


def quiz_switch() -> None:
    """Starts a quiz and ends it."""
    # The quiz goes on after a visit to another page, from which a switch comes back turned off.
    st.session_state.setdefault(ON, _quiz() is not None)
    st.toggle("Quiz me", key=ON, on_change=guarded(_switch), help="You are asked for the digits that matter most.")


def quiz_panel(on_drawn: Callable[[int], None], clear: Callable[[], None]) -> None:
    """The question, the score, and after each round the way to fine-tuning; nothing where no quiz goes on.

    Args:
        on_drawn: called with the digit when the button says that it was drawn.
        clear: empties the field, so that what was drawn of one digit is not taken for the next.
    """
    quiz = _quiz()
    if quiz is None:
        return
    score = quiz.score
    with st.container(border=True, key="quiz"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"# Draw {a(quiz.asked)}", width="content")
            st.button(
                f"That was my {quiz.asked}", key="quiz.drawn", icon=":material/check:", type="primary",
                shortcut="Enter", on_click=on_drawn, args=(quiz.asked,),
            )  # fmt: skip
            st.button(
                "Another digit", key="quiz.skip", icon=":material/skip_next:", on_click=once(_skip), args=(clear,)
            )
        if score.count:
            st.markdown(f"Read right: **{score.right} of {score.count}**")
        st.caption(
            "People correct mistakes and seldom confirm what was right. The quiz collects both, which makes the "
            "comparison of before and after a fairer one."
        )
        if score.count and score.count % ROUND == 0:
            st.markdown(f":material/celebration: {score.count} digits drawn. Now let the network learn from them:")
            teach_link()


def teach_link() -> None:
    st.page_link("pages/fine_tune.py", label="**Teach the network these drawings**", icon=":material/school:")


def saved(drawing_id: int, label: int, predicted: int) -> None:
    """Count a drawing of the digit that was asked for, and ask for the next; another digit is no answer."""
    quiz = _quiz()
    if quiz is not None and label == quiz.asked:
        quiz.predicted_right[drawing_id] = predicted == label
        _ask()


def taken_back(ids: Sequence[int]) -> None:
    """Drawings that are no longer in the collection do not count."""
    quiz = _quiz()
    for drawing_id in ids if quiz else ():
        quiz.predicted_right.pop(drawing_id, None)


def _quiz() -> Quiz | None:
    return st.session_state.get("quiz")


def _switch() -> None:
    if st.session_state[ON]:
        st.session_state["quiz"] = Quiz(np.random.default_rng())
        _ask()
    else:
        del st.session_state["quiz"]


def _skip(clear: Callable[[], None]) -> None:
    clear()
    _ask()


def _ask() -> None:
    here = studio()
    st.session_state["quiz"].ask(here.drawings.outcomes(here.registry.active().id))
