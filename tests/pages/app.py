"""What a person finds on a page, and a run that has ended."""

import os
import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from streamlit.testing.v1 import AppTest

from mnist_core.common.workspace import Workspace
from mnist_core.config.fields import Config
from mnist_core.config.schema import TrainConfig
from mnist_core.data.synthetic import write
from mnist_core.drawing.strokes import Strokes
from mnist_core.jobs.job import Job, State
from mnist_core.jobs.process import Process
from mnist_core.jobs.queue import Jobs
from pages.widgets.canvas import SIDE


def open_page(app: AppTest, name: str) -> AppTest:
    """Load it as the first page of the session, as a bookmark does."""
    return app.switch_page(f"pages/{name}.py").run()


def texts(app: AppTest) -> str:
    elements = [*app.markdown, *app.caption, *app.info, *app.warning]
    return "\n".join(str(each.value) for each in elements).replace("\\", "")  # what Markdown would show


def draw(app: AppTest, digit: int, name: str = "", *, keys: Sequence[Any] = ()) -> None:
    """Put a drawing, and keys pressed after it, into what the canvas has sent so far.

    Args:
        name: tells this drawing's strokes from another one's.
        keys: what each key means.
    """
    put(app, write(digit, np.random.default_rng(1)), f"{digit}{name}", keys=keys)


def put(app: AppTest, strokes: Strokes, name: str, *, keys: Sequence[Any] = ()) -> None:
    """The same for any strokes."""
    points = np.concatenate([np.zeros((0, 2)), *(np.asarray(stroke) for stroke in strokes)])
    low, size = (points.min(axis=0), np.ptp(points, axis=0).max()) if strokes else (0.0, 1.0)
    sent = app.session_state["canvas"]["marks"] if "canvas" in app.session_state else []
    for number, stroke in enumerate(strokes):
        path = ((np.asarray(stroke) - low) / size * (SIDE - 120) + 60).tolist()
        sent = [*sent, {"id": f"{name}-{number}", "pen": 18, "points": path}]
    sent = [*sent, *({"id": f"{name}-key-{n}", "press": key} for n, key in enumerate(keys))]
    app.session_state["canvas"] = {"marks": sent}


def button(app: AppTest, label: str) -> Any:
    return next(each for each in app.button if each.label == label)


def predicted(app: AppTest) -> int | None:
    """The digit whose bar stands out; None if no bar does."""
    found = [re.search(r"label-(\d) {--fill", each.proto.body) for each in app.get("html")]
    return next((int(each[1]) for each in found if each), None)


def verdict(app: AppTest) -> str:
    """On the one digit that is drawn; empty if there is none."""
    found = [re.search('data-verdict="([^"]*)"', each.proto.body) for each in app.get("html")]
    return next((each[1] for each in found if each), "")


def ended(workspace: Workspace, config: Config, state: State, message: str = "") -> Job:
    """A training, or a fine-tuning without drawings, that has ended in this state."""
    jobs, kind = Jobs(workspace), "train" if isinstance(config, TrainConfig) else "fine_tune"
    job = jobs.submit(kind, config, by=Process.of(os.getpid()))
    jobs.set_state(job.id, "running")
    jobs.set_state(job.id, state, message)
    return job
