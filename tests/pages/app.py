"""What a person finds on a page, and a run that has ended."""

import os
from typing import Any

from streamlit.testing.v1 import AppTest

from mnist_core.common.workspace import Workspace
from mnist_core.config.schema import Config, TrainConfig
from mnist_core.jobs.job import Job, State
from mnist_core.jobs.process import Process
from mnist_core.jobs.queue import Jobs


def open_page(app: AppTest, name: str) -> AppTest:
    app.run()
    return app.switch_page(f"pages/{name}.py").run()


def texts(app: AppTest) -> str:
    elements = [*app.markdown, *app.caption, *app.info, *app.warning]
    return "\n".join(str(each.value) for each in elements).replace("\\", "")  # what Markdown would show


def button(app: AppTest, label: str) -> Any:
    return next(each for each in app.button if each.label == label)


def ended(workspace: Workspace, config: Config, state: State, message: str = "") -> Job:
    """A training, or a fine-tuning without drawings, that has ended in this state."""
    jobs, kind = Jobs(workspace), "train" if isinstance(config, TrainConfig) else "fine_tune"
    job = jobs.submit(kind, config, by=Process.of(os.getpid()))
    jobs.set_state(job.id, "running")
    jobs.set_state(job.id, state, message)
    return job
