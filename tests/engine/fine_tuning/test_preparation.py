"""What a standby trainer prepares for a fine-tuning before anybody asks for one."""

import os
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import keras
import pytest

from mnist_core.common.workspace import Workspace
from mnist_core.config.schema import FineTuneConfig
from mnist_core.data import datasets, synthetic
from mnist_core.engine.fine_tuning import preparation, replay_buffer
from mnist_core.engine.fine_tuning.preparation import Asked, keep_for_the_active_model
from mnist_core.engine.worker import work
from mnist_core.evaluation.reports import FineTuneReport
from mnist_core.jobs.process import Process
from mnist_core.jobs.queue import Jobs
from mnist_core.jobs.runs import Run
from tests.engine.fine_tuning.test_fine_tune import written

pytestmark = pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="only TensorFlow prepares")


TIMES = {"total_seconds": 0, "fit_seconds": 0}


def nobody() -> bool:
    return False


@pytest.fixture(autouse=True)
def small_mnist(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A few hundred digits in place of MNIST, so that a test takes seconds."""
    x, y = synthetic.generate(600, seed=1)
    small = datasets.Dataset("mnist", x[:500], y[:500], x[500:], y[500:])
    monkeypatch.setattr(datasets, "find_mnist", lambda workspace: workspace.datasets / "mnist.npz")
    monkeypatch.setattr(datasets, "mnist", lambda workspace: small)
    monkeypatch.setattr(replay_buffer, "CANDIDATES", 200)
    yield
    preparation.forget()


class NoTuner:
    """Takes the place of one where nothing is tuned."""

    def __init__(self, *_: object) -> None: ...
    def warm_up(self) -> None: ...
    def release(self) -> None: ...


@pytest.fixture
def no_tuner(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preparation, "FineTuner", NoTuner)


def tune(workspace: Workspace, **changes: Any) -> FineTuneReport:
    config = FineTuneConfig(allowed_drop=100, **changes)
    job = Jobs(workspace).submit("fine_tune", config, drawings=written(12), by=Process.of(os.getpid()))
    work(job, workspace, threading.Event())
    report = Run.at(workspace, job.id).report_as(FineTuneReport)
    assert report is not None
    return report


def test_a_fine_tuning_uses_what_was_prepared(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the result of one that prepares for itself; the graph is built once and serves the next one as well."""
    by_itself = tune(workspace)
    assert keep_for_the_active_model(workspace, nobody)
    with monkeypatch.context() as patch:
        patch.setattr(preparation, "prepare", None)
        prepared, again = tune(workspace), tune(workspace)
    assert again.model_copy(update=TIMES) == prepared.model_copy(update=TIMES)
    assert (prepared.alpha, prepared.learned_right) == (by_itself.alpha, by_itself.learned_right)
    assert prepared.mnist_after == pytest.approx(by_itself.mnist_after, abs=0.02)
    assert prepared.drawings_after == by_itself.drawings_after
    assert preparation.is_kept()


@pytest.mark.parametrize("changes", [{"learning_rate": 0.003}, {"seed": 1}, {"trainable": "head"}])
def test_other_settings_prepare_for_themselves(workspace: Workspace, no_tuner: None, changes: dict[str, Any]) -> None:
    """What was prepared is for the default settings."""
    assert keep_for_the_active_model(workspace, nobody)
    kept = preparation._kept[0]
    asked = Asked.by(workspace, kept.asked.initial, FineTuneConfig(**changes))
    assert preparation.kept_for(asked) is None


def test_a_new_name_or_limit_changes_nothing(workspace: Workspace, no_tuner: None) -> None:
    """Nor does the number of drawings, as long as there is space for them."""
    assert keep_for_the_active_model(workspace, nobody)
    kept = preparation._kept[0]
    config = FineTuneConfig(name="mine", allowed_drop=1, label_issues="include")
    assert preparation.kept_for(Asked.by(workspace, kept.asked.initial, config, 50)) is kept


def test_the_model_may_be_renamed(workspace: Workspace, no_tuner: None) -> None:
    """Its weights are the same; another model with that name is another model."""
    assert keep_for_the_active_model(workspace, nobody)
    kept = preparation._kept[0]
    renamed = replace(kept.asked.initial, name="renamed", note="mine")
    assert Asked.by(workspace, renamed, FineTuneConfig()).matches(kept.asked)
    other = replace(kept.asked.initial, id="other")
    assert not Asked.by(workspace, other, FineTuneConfig()).matches(kept.asked)
    assert preparation.kept_for(Asked.by(workspace, renamed, FineTuneConfig())) is kept


def test_it_is_prepared_once(workspace: Workspace, no_tuner: None) -> None:
    """A waiting trainer looks again and again."""
    assert keep_for_the_active_model(workspace, nobody)
    kept = preparation._kept[0]
    assert keep_for_the_active_model(workspace, nobody)
    assert preparation._kept[0] is kept


def test_whoever_waits_goes_first(workspace: Workspace) -> None:
    """The preparation is given up."""
    assert not keep_for_the_active_model(workspace, lambda: True)
    assert preparation._kept == []


def test_without_mnist_nothing_is_prepared(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its synthetic digits would have to be drawn first."""
    monkeypatch.setattr(datasets, "find_mnist", lambda workspace: None)
    assert not keep_for_the_active_model(workspace, nobody)


def test_more_drawings_than_there_is_space_for(workspace: Workspace, no_tuner: None) -> None:
    """They get a larger space."""
    assert keep_for_the_active_model(workspace, nobody)
    asked = Asked.by(workspace, preparation._kept[0].asked.initial, FineTuneConfig(), 5000)
    assert asked.space == 5000
    assert preparation.kept_for(asked) is None
    assert preparation._kept == []
