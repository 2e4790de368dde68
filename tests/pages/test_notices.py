"""What ends while a person is on another page."""

import os

from streamlit.testing.v1 import AppTest

from mnist_core.common.workspace import Workspace
from mnist_core.config.schema import TrainConfig
from mnist_core.jobs.job import Job
from mnist_core.jobs.process import Process
from mnist_core.jobs.queue import Jobs
from pages.widgets import notices
from tests.pages.app import open_page


def training(workspace: Workspace) -> Job:
    jobs = Jobs(workspace)
    job = jobs.submit("train", TrainConfig(name="mine"), by=Process.of(os.getpid()))
    jobs.set_state(job.id, "running")
    return job


def toasts(page: AppTest) -> list[str]:
    return [each.value.replace("\\", "") for each in page.toast]


def links(page: AppTest) -> list[str]:
    return [each.proto.label for each in page.get("page_link")]


def test_the_end_of_a_training_is_told_on_another_page_until_the_person_sees_it(
    app: AppTest, workspace: Workspace
) -> None:
    """With a link and a mark in the navigation. A toast tells it once."""
    job = training(workspace)
    page = open_page(app, "models")
    assert "Train" in links(page)
    Jobs(workspace).set_state(job.id, "completed")
    page.run()
    assert toasts(page) == ["mine is complete."]
    assert "mine is complete\\." in links(page)
    assert "Train (1)" in links(page)
    page.run()
    assert not page.toast
    assert "mine is complete\\." in links(page)
    page.switch_page("pages/train.py").run()
    assert "mine is complete\\." not in links(page)
    assert "Train" in links(page)
    assert not page.exception


def test_on_its_own_page_there_is_a_toast_alone(app: AppTest, workspace: Workspace) -> None:
    job = training(workspace)
    page = open_page(app, "train")
    Jobs(workspace).set_state(job.id, "failed")
    page.run()
    assert toasts(page) == ["mine failed."]
    assert "Train" in links(page)


def test_a_discarded_run_is_not_told(app: AppTest, workspace: Workspace) -> None:
    job = training(workspace)
    page = open_page(app, "models")
    Jobs(workspace).set_state(job.id, "stopped", "discarded")
    Jobs(workspace).delete(job.id)
    page.run()
    assert not page.toast


def test_the_browser_is_told_only_if_that_is_switched_on(app: AppTest, workspace: Workspace) -> None:
    """Notifications on the desktop are the person's choice."""
    for switched_on in (False, True):
        job = training(workspace)
        page = open_page(app, "models")
        page.session_state[notices.IN_BROWSER] = switched_on
        Jobs(workspace).set_state(job.id, "completed")
        page.run()
        assert any("new Notification" in each.proto.body for each in page.get("html")) == switched_on
