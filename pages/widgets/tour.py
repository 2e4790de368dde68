"""The tour: a slim bar on one page after the other says what to do there. It never blocks anything.

A new person is asked once. The answer is kept in a cookie, as the language is.
"""

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from mnist_core.common.language import N_, _
from pages import browser
from pages.studio import studio
from pages.widgets.canvas import sheet
from pages.widgets.guarded import guarded, guarded_fragment

COOKIE = "tour"
KEPT = "ended"
STEP = "tour.step"
"""The session-state key of the number of the current step; there is none while no tour is under way."""
ENDED = "tour.ended"
"""The session-state key that says that the person has ended or declined the tour."""
OFFERED = "tour.offered"
"""The session-state key of whether the tour is offered. It holds for one visit to a page, so that nothing jumps."""
BEFORE = "tour.before"
"""The session-state key of what was there when the tour began."""
SHOWN = "tour.shown"
"""The session-state key of the page at the last look."""
MOVED = "tour.moved"
"""The session-state key that says that the whole page must follow a button of the bar."""
WATCHED_S = 2.0
"""Seconds between two looks at whether a step is done."""


def _newest(kind: str) -> str:
    return next((job.id for job in studio().jobs.page(limit=1, kinds=(kind,))), "")


@dataclass(frozen=True)
class Step:
    """What to do on a page."""

    page: str
    name: str
    task: str
    state: Callable[[], object] | None = None
    """What changes when the person has done it."""


STEPS = (
    Step(
        "draw", N_("Draw"), N_("Draw a 7 on the field. The bars show what the network predicts."),
        lambda: len(sheet().marks),
    ),
    Step(
        "draw", N_("Label"), N_("Press the 7's bar or key. That saves your drawing with its label."),
        lambda: sum(studio().drawings.counts()),
    ),
    Step(
        "fine_tune", N_("Fine-tune"), N_("One click teaches the network your drawings. Ten are enough to begin."),
        lambda: _newest("fine_tune"),
    ),
    Step(
        "train", N_("Train"), N_("Choose a preset and start: a network learns from scratch, with live curves."),
        lambda: _newest("train"),
    ),
    Step("models", N_("Models"), N_("All models are here. Choose the one that predicts, or export it.")),
)  # fmt: skip


def show(page: str) -> None:
    """The bar, if the tour is under way or is offered on this page."""
    st.session_state.pop(MOVED, None)
    if st.session_state.get(SHOWN) != page:
        st.session_state[SHOWN], st.session_state[OFFERED] = page, page == "draw" and _is_new()
    with st.container(key="tour-place"):  # always, so that the elements after it keep their places
        if STEP in st.session_state:
            step = STEPS[st.session_state[STEP]]
            guarded_fragment(_bar, run_every=WATCHED_S if step.page == page and step.state else None)(page)
        elif st.session_state[OFFERED]:
            _offer()
    if st.session_state.get(ENDED):
        browser.keep(COOKIE, KEPT)


def start() -> None:
    """Begin with the first step."""
    st.session_state[BEFORE] = _state()
    _go(0)


def _is_new() -> bool:
    """Whether nothing was drawn and trained here, and the person has not declined the tour."""
    if st.session_state.get(ENDED) or browser.kept(COOKIE) == KEPT:
        return False
    return not any(studio().drawings.counts()) and not studio().jobs.page(limit=1)


def _offer() -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="tour"):
        st.markdown(_("New here? The tour takes a minute."), width="content")
        st.button(_("Start the tour"), key="tour.start", icon=":material/tour:", on_click=guarded(start))
        st.button(_("Not now"), key="tour.decline", type="tertiary", on_click=guarded(_end))


def _bar(page: str) -> None:
    if st.session_state.pop(MOVED, False):
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="center", key="tour"):
        _step(page)


def _step(page: str) -> None:
    number = st.session_state[STEP]
    step = STEPS[number]
    place = _("{number} of {count}", number=number + 1, count=len(STEPS))
    if page != step.page:
        st.markdown(f"**{place} {_(step.name)}**", width="content")
        st.button(_("Continue the tour"), key="tour.continue", on_click=guarded(_go), args=(number,))
    else:
        done = step.state is not None and step.state() != st.session_state[BEFORE][number]
        said = f":material/check: {_('Well done.')}" if done else _(step.task)
        st.markdown(f"**{place} {_(step.name)}** {said}", width="content")
        if number + 1 < len(STEPS):
            after = f"{_('Next')}: {_(STEPS[number + 1].name)}"
            st.button(after, key="tour.next", on_click=guarded(_go), args=(number + 1,))
    st.button(_("End the tour"), key="tour.end", type="tertiary", on_click=guarded(_end))


def _state() -> tuple[object, ...]:
    return tuple(step.state() if step.state is not None else None for step in STEPS)


def _go(number: int) -> None:
    """To a step and its page."""
    st.session_state[STEP] = number
    st.session_state["wanted_page"] = STEPS[number].page
    st.session_state[MOVED] = True


def _end() -> None:
    st.session_state.pop(STEP, None)
    st.session_state[ENDED], st.session_state[OFFERED] = True, False
    st.session_state[MOVED] = True
