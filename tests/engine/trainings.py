"""What the tests of trainings share: small ones, and a control that ends them where a test wants it."""

import os
import threading
from dataclasses import dataclass
from typing import Any

import keras
import numpy.typing as npt

from mnist_core.common.workspace import Workspace
from mnist_core.config.schema import TrainConfig
from mnist_core.data import datasets
from mnist_core.engine.context import RunContext
from mnist_core.engine.control import Stop
from mnist_core.engine.training import train, training_data
from mnist_core.engine.training.loop import Loop
from mnist_core.engine.worker import work
from mnist_core.evaluation.epoch_selection import kept
from mnist_core.evaluation.reports import TrainReport
from mnist_core.jobs.process import Process
from mnist_core.jobs.queue import Jobs
from mnist_core.jobs.runs import Run
from mnist_core.models.model import Model
from mnist_core.models.registry import Registry


class Free:
    """A control that wants nothing, until step `at`, from when on it raises `wish`."""

    LOOKS_BEFORE = 2
    """While the data are loaded and the network is built."""

    def __init__(self, at: int = 10**9, wish: type[Exception] = Stop) -> None:
        self.at, self.wish, self.steps = at, wish, -self.LOOKS_BEFORE

    def check(self) -> float:
        if self.steps == self.at:
            raise self.wish
        self.steps += 1
        return 0.0


@dataclass
class Done:
    """A training that ended well."""

    workspace: Workspace
    run: Run
    config: TrainConfig
    model: Model
    report: TrainReport

    @property
    def weights(self) -> list[npt.NDArray[Any]]:
        loaded: list[npt.NDArray[Any]] = keras.models.load_model(self.model.keras, compile=False).get_weights()
        return loaded


class ResourceExhaustedError(Exception):
    """As TensorFlow names it."""


def start(config: TrainConfig, workspace: Workspace, run_id: str = "r") -> Run:
    return Run.create(workspace, run_id, "train", config)


def go(config: TrainConfig, workspace: Workspace, run: Run, control: Any = None) -> Done:
    report = train.train(RunContext(config, workspace, run, control or Free()))
    return Done(workspace, run, config, Registry(workspace).get(report.model_id), report)


def small_loop(config: TrainConfig, workspace: Workspace, run: Run) -> Loop:
    """The loop of a training, without its test and export."""
    data = training_data.prepare(config, datasets.load(config.dataset, workspace))
    trainable = train.compile_network(config, data, base=None)
    plan = training_data.epoch_plan(config, data.train)
    validate = train.validation(trainable.executor, data)
    return Loop(RunContext(config, workspace, run, Free()), trainable, plan, validate, device="cpu")


def submit(config: TrainConfig, workspace: Workspace, command: Any = "run") -> Run:
    job = Jobs(workspace).submit("train", config, by=Process.of(os.getpid()))
    run = Run.at(workspace, job.id)
    run.tell(command)
    return run


def do(run: Run, workspace: Workspace, owner_gone: threading.Event | None = None) -> str:
    return work(Jobs(workspace).get(run.id), workspace, owner_gone or threading.Event()).state


def layers_of(record: dict[str, Any]) -> set[str]:
    """Whose gradients were recorded; Keras numbers the layers of a process's second network."""
    return {name.split("_")[0] for name in record["gradient_norms"]}


def best_of(judged: list[dict[str, Any]]) -> dict[str, Any]:
    """The record of the epoch whose weights remain."""
    return judged[kept(*([record[name] for record in judged] for name in ("val_loss", "val_loss_error")))]
