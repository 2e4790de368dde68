"""A workspace that version 0.1 wrote: it opens, predicts, resumes and is fine-tuned on.

`tests/data/workspace-0.1.zip` was made by version 0.1's own commands on synthetic digits: drawings, labelled and not;
a trained, two fine-tuned, an imported and a deleted model; completed, failed and interrupted runs; an undecided
candidate and a range test. `workspace-0.1.json` says what version 0.1 did with it.
"""

import json
import os
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mnist_core.collection import file_formats
from mnist_core.collection.drawing import images
from mnist_core.collection.drawings import DrawingStore
from mnist_core.collection.review_queue import ReviewQueue
from mnist_core.common.language import speaking
from mnist_core.common.workspace import Workspace
from mnist_core.config.schema import FineTuneConfig, TrainConfig
from mnist_core.engine.worker import work
from mnist_core.evaluation.reports import FineTuneReport, TrainReport
from mnist_core.jobs import candidates
from mnist_core.jobs.job import Job
from mnist_core.jobs.process import Process
from mnist_core.jobs.queue import Jobs
from mnist_core.jobs.runs import Run
from mnist_core.models.predictor import Predictor
from mnist_core.models.registry import Registry

DATA = Path(__file__).parent / "data"
THEN: dict[str, Any] = json.loads((DATA / "workspace-0.1.json").read_text(encoding="utf-8"))
DRAWINGS = "".join(json.dumps(each) + "\n" for each in THEN["drawings"]).encode()


@pytest.fixture
def old(old_workspace: Workspace) -> Workspace:
    return old_workspace


def job_named(workspace: Workspace, name: str) -> Job:
    return next(job for job in Jobs(workspace).page(limit=100) if job.name == name)


def probabilities(workspace: Workspace, model: str) -> Any:
    drawings = file_formats.parse("drawings.jsonl", DRAWINGS)
    return Predictor(Registry(workspace).find(model).onnx).probabilities(images(drawings))


def test_everything_is_there(old: Workspace) -> None:
    """The same models, runs and drawings as before, under their names."""
    registry = Registry(old)
    assert [model.name for model in registry.all()] == ["imported", "tuned again", "tuned", "trained", "MNIST Studio"]
    assert [model.name for model in registry.deleted()] == ["deleted"]
    assert registry.active().name == "tuned again"
    assert registry.unreadable() == []
    runs = {job.name: job for job in Jobs(old).page(limit=100)}
    assert {name: (job.id, job.state) for name, job in runs.items()} == {
        name: (each["id"], each["state"]) for name, each in THEN["runs"].items()
    }
    assert {job.kind for job in runs.values()} == {"train", "fine_tune"}
    assert [job.kind for job in Jobs(old).page(limit=100, kinds=("lr_find",))] == ["lr_find"]
    assert DrawingStore(old).counts() == [3] * 10
    assert ReviewQueue(old).count() == 3
    assert [*old.predictions.iterdir()], "what models predicted for old digits is not predicted again"


@pytest.mark.parametrize("model", ["trained", "tuned", "tuned again", "imported"])
def test_its_models_predict_as_before(old: Workspace, model: str) -> None:
    """The same probabilities, to the rounding of the fixture and of the processor."""
    np.testing.assert_allclose(probabilities(old, model), THEN["predictions"][model], atol=1e-4)


def test_cards_configs_and_reports_are_read(old: Workspace) -> None:
    """By their named converters, with nothing lost."""
    registry = Registry(old)
    trained, tuned = registry.find("trained"), registry.find("tuned again")
    assert trained.card.training_data is not None
    assert (trained.card.training_data.name, trained.card.training_data.synthetic) == ("digits", 300)
    assert isinstance(trained.card.config, TrainConfig)
    assert (trained.card.config.train_subset, trained.card.config.ema_decay) == (1200, 0.98)
    assert trained.card.config.augmentation_probability == 0.8
    assert (tuned.card.base, tuned.card.initial_weights) == (registry.find("tuned").id, trained.id)
    assert tuned.card.fine_tuning_data is not None
    assert (tuned.card.fine_tuning_data.learned, tuned.card.fine_tuning_data.replayed) == (40, "synthetic")
    assert len(registry.learned(tuned.id).learned) == 40
    config = Run.at(old, job_named(old, "tuned").id).config()
    assert isinstance(config, FineTuneConfig)
    assert (config.include_earlier, config.trainable, config.augmentation_strength) == (False, "last-half", 0.8)
    report = Run.at(old, job_named(old, "tuned again").id).report_as(FineTuneReport)
    assert report is not None
    assert (report.earlier, report.label_issues, report.replayed) == (30, [], "synthetic")
    assert Run.at(old, job_named(old, "trained").id).report_as(TrainReport) is not None


def test_an_interruption_is_told_once_and_in_any_language(old: Workspace) -> None:
    """Version 0.1 stored the whole sentence, in English."""
    job = job_named(old, "interrupted")
    assert (job.cause, job.message, job.outcome("X")) == ("", job.on_resume, "X was interrupted.")
    with speaking("zh_CN"):
        assert job.message == job.on_resume
        assert "Resume" not in job.message


@pytest.mark.slow
def test_its_interrupted_training_goes_on(old: Workspace) -> None:
    """From its checkpoint to the same end as under version 0.1."""
    job = job_named(old, "interrupted")
    run, jobs = Run.at(old, job.id), Jobs(old)
    assert run.can_go_on
    before = len(run.records())
    assert work(jobs.claim(job.id, Process.of(os.getpid())), old, threading.Event()).state == "completed"
    report = run.report_as(TrainReport)
    assert report is not None
    assert report.epochs == THEN["resumed"]["epochs"]
    assert report.best_epoch == THEN["resumed"]["best_epoch"]
    assert len(run.records()) > before
    # Other processors round otherwise. 28 epochs later that can be seen, in single predictions most of all.
    assert report.test_accuracy == pytest.approx(THEN["resumed"]["test_accuracy"], abs=0.02)
    assert np.abs(probabilities(old, "interrupted") - THEN["predictions"]["interrupted"]).mean() < 0.1


@pytest.mark.slow
def test_its_tuned_model_is_tuned_on(old: Workspace) -> None:
    """With the collection, from the first model of its lineage."""
    base = Registry(old).active()
    config = FineTuneConfig(model=base.id, steps=30, allowed_drop=90, include_earlier=False)
    jobs, drawings = Jobs(old), DrawingStore(old).all()
    job = jobs.submit("fine_tune", config, drawings=drawings, by=Process.of(os.getpid()))
    assert work(job, old, threading.Event()).state == "completed"
    report = Run.at(old, job.id).report_as(FineTuneReport)
    assert report is not None
    then = THEN["tuned_on"]
    assert (report.root, report.started_from, report.drawings) == ("trained", "trained", 30)
    assert (report.compared_with, report.judged) == (then["compared_with"], then["judged"])
    assert abs(report.drawings_right_after - then["drawings_right_after"]) <= 1


def test_its_candidate_can_be_kept(old: Workspace) -> None:
    """What it learned, which version 0.1 wrote into the candidate's card, goes into the registry."""
    run = Run.at(old, job_named(old, "undecided").id)
    assert candidates.is_pending(run)
    model = candidates.keep(old, run)
    assert Registry(old).active() == model
    learned = Registry(old).learned(model.id).learned
    assert learned > {each.sha256 for each in DrawingStore(old).all()}
    assert len(learned) == 40, "the ten drawings that an earlier fine-tuning had learned are among them"
