"""The steps above Draw and Fine-tune say what waits in each, and lead there."""

import os
import shutil

import numpy as np
from streamlit.testing.v1 import AppTest

from mnist_core.collection.drawing import Drawing
from mnist_core.collection.drawings import DrawingStore
from mnist_core.common.workspace import Workspace
from mnist_core.config.schema import FineTuneConfig
from mnist_core.data.synthetic import write
from mnist_core.jobs import candidates
from mnist_core.jobs.process import Process
from mnist_core.jobs.progress import Progress
from mnist_core.jobs.queue import Jobs
from mnist_core.jobs.runs import Run
from mnist_core.models.learned import Learned
from mnist_core.models.registry import Registry
from tests.pages.app import button, open_page, texts


def steps(app: AppTest) -> list[str]:
    """The texts of the three links; the current one is bold."""
    return [each.proto.label for each in app.get("page_link") if each.proto.label.lstrip("*").startswith("`")]


def draw(workspace: Workspace, count: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    DrawingStore(workspace).add([Drawing(number % 10, write(number % 10, random)) for number in range(count)])


def keep(workspace: Workspace) -> None:
    """What Keep does after a fine-tuning on the whole collection."""
    registry = Registry(workspace)
    learned = Learned(learned=frozenset(content for content, _ in DrawingStore(workspace).contents()))
    base = registry.active()
    card = base.card.model_copy(update={"name": "tuned"})
    tuned = registry.add(card, lambda folder: [shutil.copy(path, folder) for path in (base.keras, base.onnx)], learned)
    registry.activate(tuned.id)


def test_what_is_learned_is_not_asked_for_again(app: AppTest, workspace: Workspace) -> None:
    """New drawings are counted until a model that has learned them is kept; after that, only later ones."""
    assert steps(app.run()) == ["**`1` Draw**", "`2` Fine-tune", "`3` Compare"]
    draw(workspace, 10, seed=1)
    assert steps(app.run())[0] == "**`1` Draw** *10 new*"
    keep(workspace)
    app.run()
    assert steps(app)[0] == "**`1` Draw**"
    assert "Fine-tune on your drawings" not in [each.proto.label.strip("*") for each in app.get("page_link")]
    page = open_page(app, "fine_tune")
    assert "**0 new of 10 drawings" in texts(page)
    assert "has learned all of these" in texts(page)
    assert button(page, "Fine-tune on 10 drawings").proto.type == "secondary"
    draw(workspace, 2, seed=2)
    assert "**2 new of 12 drawings" in texts(page.run())
    assert button(page, "Fine-tune on 12 drawings").proto.type == "primary"


def test_a_fine_tuning_is_followed_from_the_queue_to_the_decision(app: AppTest, workspace: Workspace) -> None:
    """It waits, it learns, and its candidate asks for a decision."""
    draw(workspace, 10, seed=1)
    jobs = Jobs(workspace)
    jobs.submit("fine_tune", FineTuneConfig(), drawings=DrawingStore(workspace).all())
    assert steps(app.run())[1:] == ["`2` Fine-tune *waiting*", "`3` Compare"]
    job = jobs.claim_next(Process.of(os.getpid()))
    assert job is not None
    run = Run.at(workspace, job.id)
    run.write_progress(Progress(phase="training", step=60, total_steps=150))
    assert steps(app.run())[1] == "`2` Fine-tune *learning 40%*"
    run.write_progress(Progress(phase="comparing"))
    assert steps(app.run())[1] == "`2` Fine-tune *learning*"
    run.candidate.mkdir()
    candidates.write(run, Registry(workspace).active().card, Learned())
    jobs.set_state(job.id, "running")
    jobs.set_state(job.id, "completed")
    assert steps(app.run())[1:] == ["`2` Fine-tune", "`3` Compare *decide*"]
