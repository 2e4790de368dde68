"""What runs, waits and has just ended."""

import os

from streamlit.testing.v1 import AppTest

from mnist_core.common.workspace import Workspace
from mnist_core.config.schema import FineTuneConfig, TrainConfig
from mnist_core.jobs.job import Job
from mnist_core.jobs.process import Process
from mnist_core.jobs.progress import Progress
from mnist_core.jobs.queue import Jobs
from mnist_core.jobs.runs import Run
from tests.pages.app import button, ended, open_page, texts


def under_way(workspace: Workspace, *waiting: str) -> list[Job]:
    """A training in progress, with 65 s left, and others that wait."""
    jobs = Jobs(workspace)
    submitted = [jobs.submit("train", TrainConfig(name=name, epochs=7)) for name in ("active", *waiting)]
    jobs.claim_next(Process.of(os.getpid()))
    jobs.set_state(submitted[0].id, "running")
    Run.at(workspace, submitted[0].id).write_progress(Progress(phase="training", eta_s=65.0))
    return submitted


def test_waiting_trainings_are_cancelled_and_reordered(app: AppTest, workspace: Workspace) -> None:
    """Below the one under way; a cancelled one is gone."""
    active, first, second = under_way(workspace, "first", "second")
    page = open_page(app, "train")
    assert "Starts after **second**. More than 1 min 5 s." in texts(page)
    assert "**first**" in texts(page)
    assert "training · Starts in about 1 min 5 s." in texts(page)
    page.button(key=f"queue.up-{second.id}").click().run()
    assert [job.id for job in Jobs(workspace).unfinished()] == [active.id, second.id, first.id]
    page.button(key=f"queue.cancel-{first.id}").click().run()
    assert [job.id for job in Jobs(workspace).unfinished()] == [active.id, second.id]
    assert "**first**" not in texts(page)
    assert not page.exception


def test_trainings_with_one_name_are_told_apart_by_their_settings(app: AppTest, workspace: Workspace) -> None:
    """A name of its own is enough."""
    under_way(workspace, "other")
    for epochs in (20, 30):
        Jobs(workspace).submit("train", TrainConfig(name="same", epochs=epochs))
    page = open_page(app, "train")
    assert "training · Starts in about 1 min 5 s." in texts(page)
    assert "training · Epochs: 20 · Starts in more than 1 min 5 s." in texts(page)
    assert "training · Epochs: 30 · Starts in more than 1 min 5 s." in texts(page)


def test_a_run_is_duplicated_into_the_form(app: AppTest, workspace: Workspace) -> None:
    """All its settings but the name, from another page, too."""
    _, waiting = under_way(workspace, "waiting")
    page = open_page(app, "fine_tune")
    page.button(key=f"queue.duplicate-{waiting.id}").click().run()
    assert page.session_state["page"] == "train"
    assert page.number_input(key="train.epochs").value == 7
    assert page.text_input(key="train.name").value == ""
    assert "The settings of waiting are in the form." in page.toast[0].value


def test_fine_tune_says_that_it_waits_and_how_long(app: AppTest, workspace: Workspace) -> None:
    """Beside the training under way, which can be stopped there."""
    active, *_ = under_way(workspace)
    Jobs(workspace).submit("fine_tune", FineTuneConfig(name="mine"), drawings=[])
    page = open_page(app, "fine_tune")
    assert any("Starts after **active**. About 1 min 5 s." in each.value for each in page.info)
    button(page, "Stop and keep").click().run()
    assert Run.at(workspace, active.id).command() == "stop"
    page = open_page(app, "train")  # it takes a while
    assert "Stopping…" in texts(page)
    assert button(page, "Stop and keep").disabled
    assert not button(page, "Stop and discard").disabled


def test_nothing_is_shown_while_nothing_runs(app: AppTest, workspace: Workspace) -> None:
    assert "Queue" not in texts(open_page(app, "train"))
    ended(workspace, FineTuneConfig(), "completed")
    under_way(workspace)
    assert "**Queue**" not in texts(open_page(app, "train"))  # the page shows the only run itself
    assert "**Queue**" in texts(open_page(app, "fine_tune"))
