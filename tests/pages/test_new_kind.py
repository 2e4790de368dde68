"""A kind of job that the pages have never heard of, on the Runs page."""

import os
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from mnist_core.common.workspace import Workspace
from mnist_core.jobs.job import Job
from mnist_core.jobs.kinds import KINDS
from mnist_core.jobs.process import Process
from mnist_core.jobs.queue import Jobs
from mnist_core.jobs.runs import Run
from tests.jobs.new_kind import CountConfig, new_kind


def _under_way(workspace: Workspace, to: int = 3) -> Job:
    jobs = Jobs(workspace)
    job = jobs.submit("count", CountConfig(to=to), by=Process.of(os.getpid()))
    jobs.set_state(job.id, "running")
    return job


def _runs_page(app: AppTest, chosen: Job) -> AppTest:
    app.session_state["runs.chosen"] = [chosen.id]
    app.run()
    page = app.switch_page("pages/runs.py").run()
    assert not page.exception
    return page


@pytest.mark.parametrize(
    ("changes", "controls"),
    [
        ({}, ["Pause", "Stop"]),
        ({"stop_keeps": "The count so far is kept."}, ["Pause", "Stop and keep", "Stop and discard"]),
        ({"awaited": True}, ["Stop"]),
    ],
    ids=["plain", "keeps", "awaited"],
)
def test_it_has_the_controls_of_its_line(
    changes: dict[str, Any], controls: list[str], app: AppTest, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stop that keeps nothing is not offered as one that does."""
    monkeypatch.setitem(KINDS, "count", new_kind(**changes))
    job = _under_way(workspace)
    buttons = {button.label: button for button in _runs_page(app, job).button}
    assert [label for label in buttons if label.startswith(("Pause", "Stop"))] == controls
    buttons[controls[-1]].click().run()
    assert Run.at(workspace, job.id).command() == "discard"


def test_it_is_listed_and_run_again(app: AppTest, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """With its title, its label, its data and its time; again with the same settings."""
    monkeypatch.setitem(KINDS, "count", new_kind())
    jobs, job = Jobs(workspace), _under_way(workspace)
    Run.at(workspace, job.id).write_report(KINDS["count"].report(total_seconds=7.0))
    jobs.set_state(job.id, "completed")
    page = _runs_page(app, job)
    (row,) = page.dataframe[0].value.to_dict("records")
    assert row["Name"].startswith("to 3, ")
    assert (row["Kind"], row["Data"], row["Time"]) == ("counting", "numbers", 7.0)
    next(each for each in page.button if each.label == "Run again, same seed").click().run()
    (again, _) = jobs.page(limit=5)
    assert (again.kind, again.state) == ("count", "queued")
    assert Run.at(workspace, again.id).config() == CountConfig()


def test_its_check_is_asked_before_it_runs_again(
    app: AppTest, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the machine lacks is told; nothing is queued."""
    monkeypatch.setitem(KINDS, "count", new_kind())
    jobs, job = Jobs(workspace), _under_way(workspace, to=10)
    jobs.set_state(job.id, "completed")
    page = _runs_page(app, job)
    next(each for each in page.button if each.label == "Run again, same seed").click().run()
    assert len(jobs.page(limit=5)) == 1
    assert ["counts to 9" in toast.value for toast in page.toast] == [True]


@pytest.mark.parametrize("repeats", [True, False])
def test_what_needs_more_than_its_settings_is_not_run_again(
    repeats: bool, app: AppTest, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fine-tuning, for one, needs its drawings."""
    monkeypatch.setitem(KINDS, "count", new_kind(repeats=repeats))
    page = _runs_page(app, _under_way(workspace))
    assert ("Run again, same seed" in [each.label for each in page.button]) == repeats
