"""What ends while a person does something else: a message, a link, a mark in the navigation, and the tab's title."""

import json
from collections import Counter
from dataclasses import dataclass

import streamlit as st

from mnist_core.common import log
from mnist_core.common.errors import InputError
from mnist_core.jobs import candidates
from mnist_core.jobs.job import Job
from mnist_core.jobs.runs import Run
from pages import browser
from pages.studio import open_studio
from pages.widgets.text import escape

NAME = "MNIST Studio"
KNOWN = "notices.known"
"""The session-state key of the ids of the jobs that were unfinished at the last look."""
UNSEEN = "notices.unseen"
"""The session-state key of the results that the person has not seen: id of a job → `Notice`."""
UNTOLD = "notices.untold"
"""The session-state key of the notices that are still to be told."""
COOKIE = "notifications"
IN_BROWSER = "notices.in_browser"
"""The session-state key that says whether the person has switched the browser's own notifications on."""
PAGES = {"train": "train", "search": "train", "lr_find": "train", "fine_tune": "fine_tune", "compress": "compress"}
"""Kind of job → the page that shows its result; others are on the Runs page."""
ICONS = {"completed": ":material/check_circle:", "stopped": ":material/stop_circle:"}


@dataclass(frozen=True)
class Notice:
    """A job that has ended."""

    job: Job
    page: str

    @property
    def text(self) -> str:
        return self.job.outcome(self.job.title)

    @property
    def icon(self) -> str:
        return ICONS.get(self.job.state, ":material/error:")


def look() -> bool:
    """Whether a job has ended since the last look. Its notice waits to be told."""
    unfinished = {job.id for job in open_studio().jobs.unfinished()}
    before = st.session_state.get(KNOWN)
    st.session_state[KNOWN] = unfinished
    ended = [notice for job_id in (before or set()) - unfinished if (notice := _notice(job_id)) is not None]
    st.session_state.setdefault(UNTOLD, []).extend(ended)
    _unseen().update({each.job.id: each for each in ended if each.page != st.session_state.get("page")})
    return bool(ended)


def seen(page: str) -> bool:
    """The person is on this page and sees what is there. Returns whether that is new."""
    found = [job_id for job_id, notice in _unseen().items() if notice.page == page]
    for job_id in found:
        del _unseen()[job_id]
    return bool(found)


def tell() -> None:
    """Show the notices that have not been told, once."""
    while st.session_state.get(UNTOLD):
        notice: Notice = st.session_state[UNTOLD].pop(0)
        st.toast(escape(notice.text), icon=notice.icon)
        if in_browser():
            _tell_browser(notice.text)


def links() -> None:
    """A link to each result that the person has not seen."""
    for notice in _unseen().values():
        st.page_link(f"pages/{notice.page}.py", label=escape(notice.text), icon=notice.icon, width="content")


def waiting() -> dict[str, int]:
    """Page → how many results wait there for the person: unseen ones, or a candidate to decide on.

    Nothing waits while that cannot be found out; the status bar tries the same and shows the error.
    """
    try:
        look()
        pending = _pending()
    except Exception as error:  # noqa: BLE001 – a boundary, which logs it
        log.told(error)
        return {}
    of_pages = {job_id: notice.page for job_id, notice in _unseen().items()} | dict.fromkeys(pending, "fine_tune")
    return dict(Counter(of_pages.values()))


def tell_tab() -> None:
    """Show the progress of the active job, or a result that the person has not seen, in the tab's title."""
    here, unseen = open_studio(), _unseen()
    title = NAME
    if (job := here.jobs.active()) is not None:
        title = f"{Run.at(here.workspace, job.id).progress().share_done:.0%} – {NAME}"
    elif unseen:
        title = f"✓ {next(reversed(unseen.values())).job.title} – {NAME}"
    st.set_page_config(page_title=title)


def in_browser() -> bool:
    """Whether the person has switched the browser's own notifications on, here or in an earlier session."""
    return bool(st.session_state.get(IN_BROWSER, browser.kept(COOKIE) == "on"))


def switch_in_browser(on: bool) -> None:
    """Switch the browser's own notifications on or off. Called after a click, it may ask for the permission."""
    st.session_state[IN_BROWSER] = on
    browser.keep(COOKIE, "on" if on else "off")
    if on:
        browser.run("if ('Notification' in window) Notification.requestPermission();")


def _tell_browser(text: str) -> None:
    said, name = json.dumps(text), json.dumps(NAME)
    browser.run(
        f"if ('Notification' in window && Notification.permission === 'granted' && document.hidden)"
        f" new Notification({name}, {{ body: {said} }});"
    )


def _unseen() -> dict[str, Notice]:
    unseen: dict[str, Notice] = st.session_state.setdefault(UNSEEN, {})
    return unseen


def _notice(job_id: str) -> Notice | None:
    """None if the person has discarded it."""
    try:
        job = open_studio().jobs.get(job_id)
    except InputError:
        return None
    return Notice(job, PAGES.get(job.kind, "runs"))


def _pending() -> set[str]:
    """The fine-tuning whose candidate waits for a decision."""
    here = open_studio()
    newest = next(iter(here.jobs.page(limit=1, kinds=("fine_tune",))), None)
    return {newest.id} if newest is not None and candidates.is_pending(Run.at(here.workspace, newest.id)) else set()
