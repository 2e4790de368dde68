"""The quiz on the Draw page: it asks for a digit, and one press saves the drawing as that digit."""

from collections.abc import Callable, Sequence

import numpy as np
import streamlit as st

from mnist_core.collection.quiz import Quiz
from mnist_core.common.language import _, n_
from pages.studio import Studio, studio
from pages.widgets import shortcuts
from pages.widgets.guarded import guarded, once

ROUND = 10
"""The number of drawings after which the quiz suggests a fine-tuning."""
ON = "quiz.on"
DRAWN = "quiz-drawn"
"""The key of the button that saves the drawing as the digit that the quiz asks for."""


def quiz_switch() -> None:
    """A toggle that starts and ends a quiz."""
    # After a visit to another page the quiz continues, but Streamlit has turned the toggle off.
    st.session_state.setdefault(ON, under_way() is not None)
    st.toggle(
        _("Quiz me"), key=ON, on_change=guarded(_switch),
        help=_("Asks for the digits that the network probably predicts worst."),
    )  # fmt: skip


def quiz_panel(on_drawn: Callable[[int], None], clear: Callable[[], None]) -> None:
    """The question, the score and, after each round, a link to fine-tuning; nothing if there is no quiz.

    Args:
        on_drawn: called with the digit when the person presses the button that saves it.
        clear: clears the field, so that a drawing of one digit is not saved as the next.
    """
    quiz = under_way()
    if quiz is None or quiz.asked is None:
        return
    score = quiz.score
    with st.container(border=True, key="quiz"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"## {_('Draw the digit {digit}', digit=quiz.asked)}", width="content")
            st.button(
                _("Save as {digit}", digit=quiz.asked), key=DRAWN, icon=":material/check:", type="primary",
                shortcut=shortcuts.SAVE, on_click=once(on_drawn), args=(quiz.asked,),
            )  # fmt: skip
            st.button(
                _("Another digit"), key="quiz.skip", icon=":material/skip_next:", on_click=once(_skip), args=(clear,)
            )
        if score.count:
            st.markdown(_("Correct predictions: **{right} of {count}**", right=score.right, count=score.count))
        st.caption(
            _(
                "People correct wrong predictions and rarely confirm correct ones. The quiz collects both, so the "
                "comparison of before and after is fair."
            )
        )
        if score.count and score.count % ROUND == 0:
            drawn = n_("You have drawn {n} digit.", "You have drawn {n:,} digits.", score.count)
            st.markdown(f":material/celebration: {drawn}")
            fine_tune_link()


def fine_tune_link() -> None:
    st.page_link("pages/fine_tune.py", label=f"**{_('Fine-tune on your drawings')}**", icon=":material/school:")


def count(quiz: Quiz, here: Studio, drawing_id: int, label: int, predicted: int) -> None:
    """Count a saved drawing of the digit that the quiz asks for, and ask for the next. Other digits do not count."""
    if label == quiz.asked:
        quiz.predicted_right[drawing_id] = predicted == label
        _ask(quiz, here)


def discount(quiz: Quiz, ids: Sequence[int]) -> None:
    """Take these drawings, which have left the collection, out of the count."""
    for drawing_id in ids:
        quiz.predicted_right.pop(drawing_id, None)


def under_way() -> Quiz | None:
    """This session's quiz."""
    return st.session_state.get("quiz")


def asked_for() -> int | None:
    """The digit that this session's quiz asks for."""
    quiz = under_way()
    return None if quiz is None else quiz.asked


def _switch() -> None:
    if st.session_state[ON]:
        st.session_state["quiz"] = Quiz(np.random.default_rng())
        _ask(st.session_state["quiz"], studio())
    else:
        del st.session_state["quiz"]


def _skip(clear: Callable[[], None]) -> None:
    clear()
    _ask(st.session_state["quiz"], studio())


def _ask(quiz: Quiz, here: Studio) -> None:
    quiz.ask(here.drawings.outcomes(here.registry.active().id))
