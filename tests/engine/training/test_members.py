"""An ensemble whose members are trained apart is the one that is trained in one network."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mnist_core.common.workspace import Workspace
from mnist_core.config.compute import Compute
from mnist_core.config.schema import TrainConfig
from mnist_core.data import datasets
from mnist_core.engine.context import RunContext
from mnist_core.engine.control import Discard, Interrupted, Stop
from mnist_core.engine.networks.averaging import member_of
from mnist_core.engine.networks.build import build
from mnist_core.engine.training import member_epochs
from mnist_core.engine.training.joint import Joint
from mnist_core.engine.training.members import are_apart, train_one_by_one
from mnist_core.engine.training.position import Position
from mnist_core.engine.training.training_data import prepare
from mnist_core.jobs import members
from mnist_core.jobs.runs import Run
from mnist_core.models.registry import Registry
from tests.engine.trainings import Done, Free, go, layers_of, start

pytestmark = pytest.mark.usefixtures("one_step_a_call")
MEMBERS = 2
STEPS, LOOKS = 16, 2
"""Of a member, and how often a control is asked while one is prepared at home."""


@pytest.fixture(scope="session")
def ensemble(averaged: TrainConfig) -> TrainConfig:
    """With all that could make a difference: dropout, augmentation, normalisation, averaged weights, outliers."""
    return averaged.model_copy(update={"ensemble_size": MEMBERS, "outliers": 30})


@pytest.fixture(scope="session")
def together(ensemble: TrainConfig, tmp_path_factory: pytest.TempPathFactory) -> Done:
    """The members in one network."""
    workspace = Workspace.open(tmp_path_factory.mktemp("together"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("mnist_core.engine.training.loop.CALL_S", 0.0)
        return go(ensemble, workspace, start(ensemble, workspace))


def begin(config: TrainConfig, workspace: Workspace) -> Run:
    """A run that was begun on a cluster."""
    run = start(config, workspace)
    members.run_of(workspace, run, 0, config)
    return run


def apart(config: TrainConfig, workspace: Workspace, run: Run, control: Any = None) -> Done:
    report = train_one_by_one(RunContext(config, workspace, run, control or Free()))
    return Done(workspace, run, config, Registry(workspace).get(report.model_id), report)


def curve(run: Run) -> list[list[Any]]:
    """What is measured after each epoch."""
    names = ("step", "epoch", "val_loss", "val_loss_error", "val_accuracy")
    return [[record[name] for name in names] for record in run.records() if "val_loss" in record]


def assert_equal(found: Done, together: Done) -> None:
    assert all(np.array_equal(a, b) for a, b in zip(found.weights, together.weights, strict=True))
    assert curve(found.run) == curve(together.run)
    figures = {"test_accuracy", "validation_accuracy", "best_epoch", "epochs", "stopped", "warnings"}
    assert found.report.model_dump(include=figures) == together.report.model_dump(include=figures)


def test_it_is_the_same_model(ensemble: TrainConfig, workspace: Workspace, together: Done) -> None:
    """Curve, weights and report; the members' own files are gone."""
    found = apart(ensemble, workspace, run := begin(ensemble, workspace))
    assert_equal(found, together)
    assert found.model.card.config == together.model.card.config
    assert not run.members.exists()
    ours, theirs = ([each for each in of.records() if "loss" in each] for of in (run, together.run))
    assert [each["step"] for each in ours] == [each["step"] for each in theirs]
    assert [each["loss"] for each in ours] == pytest.approx([each["loss"] for each in theirs], rel=1e-5)
    assert layers_of(ours[-1]) == layers_of(theirs[-1])
    assert run.progress().accuracies == together.run.progress().accuracies


def test_it_goes_on_where_it_was_cut_off(ensemble: TrainConfig, workspace: Workspace, together: Done) -> None:
    """In the middle of the second member. The first one is not trained again."""
    run = begin(ensemble, workspace)
    with pytest.raises(Interrupted):
        apart(ensemble, workspace, run, Free(STEPS + 4, Interrupted))
    assert run.can_go_on
    assert are_apart(RunContext(ensemble, workspace, run, Free()))
    control = Free()
    assert_equal(apart(ensemble, workspace, run, control), together)
    assert control.steps < STEPS


def test_a_stop_keeps_the_members_that_are_as_good(ensemble: TrainConfig, workspace: Workspace) -> None:
    """The second one has hardly begun."""
    run = begin(ensemble, workspace)
    found = apart(ensemble, workspace, run, Free(STEPS + 3, Stop))
    assert found.report.stopped
    assert found.model.card.config is not None
    assert found.model.card.config.ensemble_size == 1
    assert found.report.warnings == [
        "The model has 1 member of 2: the training was stopped before the others were as good."
    ]


def test_a_stop_prefers_more_members_to_another_epoch(ensemble: TrainConfig, workspace: Workspace) -> None:
    """One member is an epoch ahead, and that is not clearly better."""
    run = begin(ensemble, workspace)
    data = prepare(ensemble, datasets.load(ensemble.dataset, workspace))
    right = np.eye(10, dtype=np.float32)[data.labels[data.validation]]
    network = build(ensemble)
    for number, epochs in enumerate((2, 1)):
        member = members.run_of(workspace, run, number, ensemble)
        for epoch in range(1, epochs + 1):
            position = Position(step=8 * epoch, losses=[0.0] * epoch)
            member_epochs.write(member, position, right, member_of(network, number).get_weights())
    trained = Joint(RunContext(ensemble, workspace, run, Free()), data).trained(stopped=True)
    assert (trained.config.ensemble_size, trained.position.best_epoch) == (2, 1)
    assert not trained.position.warnings


def test_a_pause_does_not_count(ensemble: TrainConfig, workspace: Workspace) -> None:
    """This one is said to have taken a day, in the second member."""

    class Paused(Free):
        def check(self) -> float:
            super().check()
            return 86_400.0 if self.steps == STEPS + 4 else 0.0

    run = begin(ensemble, workspace)
    apart(ensemble, workspace, run, Paused())
    assert run.progress().elapsed_s < 0


@pytest.mark.parametrize("end", [Stop, Discard])
def test_an_end_before_the_first_step_keeps_nothing(end: Any, ensemble: TrainConfig, workspace: Workspace) -> None:
    run = begin(ensemble, workspace)
    with pytest.raises(end):
        apart(ensemble, workspace, run, Free(0, end))


def test_early_stopping_looks_at_all_members(tiny_npz: Path, workspace: Workspace, tmp_path: Path) -> None:
    """A member alone would go on, or would have ended before."""
    config = TrainConfig(
        architecture="mlp", dataset=str(tiny_npz), epochs=30, batch_size=90, learning_rate=0.05, ensemble_size=MEMBERS,
        early_stopping=2, schedule="constant",
    )  # fmt: skip
    elsewhere = Workspace.open(tmp_path / "together")
    together = go(config, elsewhere, start(config, elsewhere))
    assert together.report.epochs < config.epochs
    assert_equal(apart(config, workspace, begin(config, workspace)), together)


def test_which_trainings_are_apart(ensemble: TrainConfig, workspace: Workspace) -> None:
    """Ensembles on a cluster. One that began in one network goes on in one, wherever that is."""
    run = start(ensemble, workspace)
    there = Compute(cluster="a")
    assert not are_apart(RunContext(ensemble, workspace, run, Free()))
    assert are_apart(RunContext(ensemble, workspace, run, Free(), compute=there))
    alone = ensemble.model_copy(update={"ensemble_size": 1})
    assert not are_apart(RunContext(alone, workspace, run, Free(), compute=there))
    (run.checkpoints / "000000004.npz").touch()
    assert not are_apart(RunContext(ensemble, workspace, run, Free(), compute=there))
