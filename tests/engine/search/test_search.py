"""A search of tiny trainings: what it finds, and what it leaves however it ends."""

import os
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mnist_core.common.errors import StudioError
from mnist_core.common.language import Text
from mnist_core.common.workspace import Workspace
from mnist_core.config.search import SearchConfig
from mnist_core.config.search_space import parse
from mnist_core.data import datasets
from mnist_core.engine.context import RunContext
from mnist_core.engine.control import Interrupted, Stop
from mnist_core.engine.search import search as search_module
from mnist_core.engine.search.driver import FAILURES
from mnist_core.engine.search.proposals import Proposal
from mnist_core.engine.search.search import search
from mnist_core.evaluation.reports import SearchReport
from mnist_core.evaluation.search import Trial
from mnist_core.jobs import trials
from mnist_core.jobs.process import Process
from mnist_core.jobs.queue import Jobs
from mnist_core.jobs.runs import Run
from mnist_core.models.registry import Registry, shipped
from tests.engine.trainings import Free, do

SPACE = "learning_rate = 0.001..0.1\noptimizer = adam, sgd"


@pytest.fixture
def config(tiny_npz: Path) -> SearchConfig:
    """Two trials of two epochs."""
    return SearchConfig(
        dataset=str(tiny_npz), architecture="mlp", epochs=2, batch_size=90, trials=2, space=SPACE, pruner=False
    )


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> list[Trial]:
    """Trials that take no time: the loss is the distance of the learning rate from 0.01. Those that were trained."""
    done: list[Trial] = []

    def train(trial: Trial, config: Any, run: Run, workspace: Workspace, material: Any, judge: Any, tell: Any) -> Trial:
        loss = abs(config.learning_rate - 0.01)
        try:
            for _ in range(config.epochs):
                judge.check()
        except Stop:
            return trial.model_copy(update={"state": "stopped"})
        done.append(trial)
        figures = {"accuracy": 1 - loss, "loss": loss, "parameters": 7, "epochs": config.epochs, "seconds": 0.1}
        return trial.model_copy(update={"state": "completed", **figures})

    monkeypatch.setattr(search_module, "train_trial", train)
    return done


def start(config: SearchConfig, workspace: Workspace) -> Run:
    return Run.create(workspace, "s", "search", config)


def go(config: SearchConfig, workspace: Workspace, run: Run, control: Any = None) -> SearchReport:
    return search(RunContext(config, workspace, run, control or Free()))


def told(report: SearchReport) -> list[tuple[Any, ...]]:
    """What must not depend on the clock."""
    return [(each.number, each.settings, each.state, each.accuracy, each.loss) for each in report.trials]


def test_each_trial_is_a_training_and_no_model(config: SearchConfig, workspace: Workspace) -> None:
    """With its settings and its curve in a folder of its own; its checkpoints go."""
    run = start(config, workspace)
    report = go(config, workspace, run)
    assert [each.state for each in report.trials] == ["completed", "completed"]
    assert report.best == (max(report.trials, key=lambda each: each.accuracy or 0).number,)
    for each in report.trials:
        own = trials.run_of(workspace, run, each.number)
        assert own.config() == config.trial(each.settings)
        assert [r["val_accuracy"] for r in own.records() if "val_accuracy" in r][-1] == pytest.approx(each.accuracy)
        assert not any(own.checkpoints.iterdir())
    assert (report.model, Registry(workspace).all()) == (None, [shipped()])
    assert not run.has_curve
    assert (run.progress().phase, run.progress().trial) == ("searching", 2)


def test_the_test_images_are_never_used(
    config: SearchConfig, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = datasets.load

    def without_test(*arguments: Any, **more: Any) -> datasets.Dataset:
        return replace(load(*arguments, **more), x_test=None, y_test=None)

    monkeypatch.setattr(datasets, "load", without_test)
    config = config.model_copy(update={"trials": 1, "epochs": 1})
    assert go(config, workspace, start(config, workspace)).trials[0].state == "completed"


def test_the_same_seed_gives_the_same_search(
    config: SearchConfig, workspace: Workspace, trained: list[Trial], tmp_path: Path
) -> None:
    """Another one does not."""
    config = config.model_copy(update={"trials": 15})
    reports = [go(config, place, start(config, place)) for place in (workspace, Workspace.open(tmp_path / "other"))]
    assert told(reports[0]) == told(reports[1])
    other = config.model_copy(update={"seed": 1})
    place = Workspace.open(tmp_path / "third")
    assert told(go(other, place, start(other, place))) != told(reports[0])


def test_a_search_that_is_cut_off_anywhere_ends_as_if_it_had_not(
    config: SearchConfig, workspace: Workspace, trained: list[Trial], tmp_path: Path
) -> None:
    """Killed at any moment of any trial and resumed: the same trials, none of them twice."""
    config = config.model_copy(update={"trials": 12})
    straight = go(config, workspace, start(config, workspace))
    place = Workspace.open(tmp_path / "other")
    run = start(config, place)
    ends = set()
    for steps in range(1, 9):
        with pytest.raises(Interrupted):
            go(config, place, run, Free(steps, Interrupted))
        ends |= {each.state for each in trials.read(run)[-1:]}
    assert ends == {"running", "completed"}
    report = go(config, place, run)
    assert told(report) == told(straight)
    assert [each.number for each in report.trials] == list(range(1, 13))


def test_an_interrupted_trial_continues_from_its_checkpoint(
    config: SearchConfig, workspace: Workspace, tmp_path: Path, one_step_a_call: None
) -> None:
    """Trained in two sittings, with the same figures as in one."""
    config = config.model_copy(update={"trials": 1})
    straight = go(config, workspace, start(config, workspace))
    place = Workspace.open(tmp_path / "other")
    run = start(config, place)
    with pytest.raises(Interrupted):
        go(config, place, run, Free(4, Interrupted))
    assert [each.state for each in trials.read(run)] == ["running"]
    assert run.can_go_on
    assert told(go(config, place, run)) == told(straight)


def test_stopping_keeps_what_was_found(config: SearchConfig, workspace: Workspace, trained: list[Trial]) -> None:
    """The trial that was under way is stopped, and no best one; the report is there."""
    config = config.model_copy(update={"trials": 0, "minutes": 60.0})
    report = go(config, workspace, start(config, workspace), Free(9, Stop))
    assert report.stopped
    *finished, under_way = report.trials
    assert {each.state for each in finished} == {"completed"}
    assert (under_way.state, under_way.number in report.best) == ("stopped", False)


def test_stopping_before_a_trial_is_complete_keeps_nothing(config: SearchConfig, workspace: Workspace) -> None:
    job = Jobs(workspace).submit("search", config, by=Process.of(os.getpid()))
    run = Run.at(workspace, job.id)
    run.tell("stop")
    assert do(run, workspace) == "stopped"
    assert "anything to keep" in Jobs(workspace).get(job.id).message


def test_discarding_leaves_nothing(config: SearchConfig, workspace: Workspace) -> None:
    job = Jobs(workspace).submit("search", config, by=Process.of(os.getpid()))
    run = Run.at(workspace, job.id)
    run.tell("discard")
    assert do(run, workspace) == "stopped"
    assert not run.folder.exists()


def test_a_trainer_whose_owner_is_gone_can_be_resumed(
    config: SearchConfig, workspace: Workspace, trained: list[Trial]
) -> None:
    job = Jobs(workspace).submit("search", config, by=Process.of(os.getpid()))
    run, gone = Run.at(workspace, job.id), threading.Event()
    gone.set()
    assert do(run, workspace, gone) == "interrupted"
    Jobs(workspace).claim(run.id, Process.of(os.getpid()))
    assert do(run, workspace) == "completed"
    assert run.report_as(SearchReport) is not None


def test_the_time_ends_a_search(config: SearchConfig, workspace: Workspace, trained: list[Trial]) -> None:
    """No trial begins after it, also in a resumed search."""
    config = config.model_copy(update={"trials": 0, "minutes": 1.0})
    run = start(config, workspace)
    trials.write(run, Trial(number=1, settings={"learning_rate": 0.01, "optimizer": "sgd"}, state="failed"))
    run.write_progress(run.progress().model_copy(update={"elapsed_s": 61.0}))
    with pytest.raises(StudioError):
        go(config, workspace, run)
    assert trained == []


def test_a_trial_that_fails_does_not_end_the_search(
    config: SearchConfig, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """But a search whose first trials all fail ends with their reason."""
    failing: Callable[[int], bool] = lambda number: number == 1  # noqa: E731

    def train(trial: Trial, *_: Any) -> Trial:
        if failing(trial.number):
            return trial.model_copy(update={"state": "failed", "reason": Text("Too hot.")})
        return trial.model_copy(update={"state": "completed", "accuracy": 0.5, "loss": 0.5})

    monkeypatch.setattr(search_module, "train_trial", train)
    report = go(config, workspace, start(config, workspace))
    assert [(each.state, each.reason) for each in report.trials] == [("failed", "Too hot."), ("completed", "")]
    failing = lambda number: True  # noqa: E731
    many = config.model_copy(update={"trials": 9})
    run = Run.create(workspace, "t", "search", many)
    with pytest.raises(StudioError, match="Too hot"):
        go(many, workspace, run)
    assert len(trials.read(run)) == FAILURES


def test_the_pruner_ends_a_trial_that_is_worse(config: SearchConfig) -> None:
    """After the same number of epochs; never the last epoch, and never one of two objectives."""
    config = config.model_copy(update={"pruner": True, "epochs": 9})
    space = parse(SPACE)
    known: list[Trial] = []
    for number in range(1, 8):
        proposal = Proposal(config, space, known, number)
        curve = [0.9] * 9
        for epochs in range(1, 10):
            assert not proposal.is_worse(curve[:epochs])
        figures = {"accuracy": 0.9, "loss": 0.1, "curve": tuple(curve), "rungs": proposal.rungs}
        known.append(Trial(number=number, settings=proposal.settings, state="completed", **figures))
    worse = Proposal(config, space, known, 8)
    assert any(worse.is_worse([0.1] * epochs) for epochs in range(1, 9))
    assert not Proposal(config, space, known, 9).is_worse([0.1] * 9)
    two = config.model_copy(update={"objective": "accuracy-seconds"})
    assert not Proposal(two, space, known, 8).is_worse([0.1])


def test_the_samplers_differ_after_ten_trials(
    config: SearchConfig, workspace: Workspace, trained: list[Trial], tmp_path: Path
) -> None:
    """TPE begins at random, too. Then it stays near the best learning rate."""
    found = []
    for sampler in ("tpe", "random"):
        asked = config.model_copy(update={"trials": 20, "sampler": sampler})
        place = Workspace.open(tmp_path / sampler)
        found.append(go(asked, place, start(asked, place)).trials)
    settings = [[each.settings for each in trials] for trials in found]
    assert settings[0][:10] == settings[1][:10]
    distances = [sum(each.loss or 0 for each in trials[10:]) for trials in found]
    assert distances[0] < distances[1]


@pytest.mark.slow
def test_a_pruned_trial_ends_at_the_end_of_an_epoch(config: SearchConfig, workspace: Workspace) -> None:
    """Its figures are there, and it is not the best."""
    config = config.model_copy(update={"pruner": True, "epochs": 9, "trials": 8, "space": "learning_rate = 1e-5..0.1"})
    report = go(config, workspace, start(config, workspace))
    pruned = [each for each in report.trials if each.state == "pruned"]
    assert pruned
    for each in pruned:
        assert len(each.curve) == each.epochs < 9
        assert each.number not in report.best
