"""What a fine-tuning needs before it knows the drawings: the replay buffer, the root's predictions, the compiled graph.

A standby trainer prepares all of it for the active model and the default settings. A job that asks for something else
prepares its own.
"""

from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import keras

from mnist_core.common.workspace import Workspace
from mnist_core.config.schema import FineTuneConfig
from mnist_core.data import datasets
from mnist_core.engine.backends import devices
from mnist_core.engine.fine_tuning import fine_tuning_set, replay_buffer
from mnist_core.engine.fine_tuning.background_predictor import BackgroundPredictor, beside
from mnist_core.engine.fine_tuning.fine_tuner import SPACE, FineTuner
from mnist_core.engine.fine_tuning.replay_buffer import ReplayBuffer
from mnist_core.evaluation.outputs import Outputs
from mnist_core.models.model import Model
from mnist_core.models.registry import Registry

ANY = {"name", "model", "include_earlier", "label_issues", "allowed_drop"}
"""The settings that a preparation does not depend on."""
POLL_S = 0.2

T = TypeVar("T")
Promise = Future[Outputs]
Check = Callable[[], object]
"""Raises if somebody wants the work to end."""


@dataclass(frozen=True, eq=False)
class Asked:
    """What a preparation is for."""

    initial: Model
    root: Model
    config: FineTuneConfig
    mnist: Path | None
    """Where MNIST is on this machine."""
    space: int
    """The largest number of drawings."""

    def matches(self, other: "Asked") -> bool:
        """Whether the same preparation serves both. The names and notes of the models do not matter."""
        return self._relevant == other._relevant

    @property
    def _relevant(self) -> tuple[object, ...]:
        models = [(model.id, model.folder) for model in (self.initial, self.root)]
        return models, self.config, self.mnist, self.space

    @classmethod
    def by(cls, workspace: Workspace, initial: Model, config: FineTuneConfig, drawings: int = 0) -> "Asked":
        """What a fine-tuning with these settings and this number of drawings asks for."""
        relevant = FineTuneConfig(**config.model_dump(exclude=ANY))
        root = fine_tuning_set.root(workspace, initial)
        return cls(initial, root, relevant, datasets.find_mnist(workspace), max(SPACE, drawings))


@dataclass(frozen=True)
class Prepared:
    """The result of a preparation."""

    asked: Asked
    replay: ReplayBuffer
    held_out_before: Promise
    """The root's outputs for the held-out images."""
    tuner: FineTuner


_kept: list[Prepared] = []
"""What the standby trainer has prepared: one or nothing."""


def prepare(
    asked: Asked, workspace: Workspace, background: BackgroundPredictor, teacher_outputs: Callable[[Promise], Outputs]
) -> Prepared:
    """Fill the replay buffer, compute the features and build the graph; `background` predicts meanwhile.

    Args:
        teacher_outputs: waits for the root's outputs for the replay candidates.

    Raises:
        InputError: the settings name a layer that the network does not have.
        UnreadableError: a file of the model is damaged.
    """
    replay = replay_buffer.fill(workspace, asked.root, asked.config.seed)
    candidates_before = background.predict(asked.root, replay.x, cache=True)
    held_out_before = background.predict(asked.root, replay.x_held_out, cache=True)
    tuner = FineTuner(asked.config, asked.initial, replay, lambda: teacher_outputs(candidates_before), asked.space)
    return Prepared(asked, replay, held_out_before, tuner)


def awaited(promise: Future[T], check: Check) -> T:
    """The result of another thread. With a large ensemble this takes a while, and a person may stop it."""
    while True:
        check()
        with suppress(TimeoutError):
            return promise.result(timeout=POLL_S)


def kept_for(asked: Asked) -> Prepared | None:
    """What the standby has prepared. If it is for something else, it makes room."""
    if _kept and not _kept[0].asked.matches(asked):
        _kept.pop().tuner.release()
    return _kept[0] if _kept else None


def is_kept() -> bool:
    """Whether something is prepared. A fine-tuning leaves it as it was, so it serves the next one as well."""
    return bool(_kept)


def forget() -> None:
    """Release what the standby has prepared."""
    if _kept:
        _kept.pop().tuner.release()
        keras.utils.clear_session()  # so that the next network's layers are numbered from the start: curves name them


def let_go(prepared: Prepared) -> None:
    """Release what a fine-tuning has used, unless it is kept for the next one."""
    if prepared not in _kept:
        prepared.tuner.release()


class Wanted(Exception):
    """Somebody waits for this trainer."""


def keep_for_the_active_model(workspace: Workspace, is_wanted: Callable[[], bool]) -> bool:
    """Prepare a fine-tuning of the active model with the default settings, unless that is kept already.

    Not without MNIST, because synthetic digits would have to be drawn first. Not on a GPU, because a waiting trainer
    must not hold its memory.

    Args:
        is_wanted: whether somebody waits for this trainer, so that the preparation is given up.

    Returns:
        Whether it is kept.

    Raises:
        StudioError: the model or its files are damaged, or MNIST is.
    """
    registry = Registry(workspace)
    base = registry.active()
    if keras.backend.backend() != "tensorflow" or devices.available() != ["cpu"]:
        return False
    if not base.card.usable or base.without_onnx or base.without_keras or not datasets.find_mnist(workspace):
        return False
    asked = Asked.by(
        workspace, registry.get(base.card.initial_weights) if base.card.initial_weights else base, FineTuneConfig()
    )
    if _kept and _kept[0].asked.matches(asked):
        return True
    forget()

    def check() -> None:
        if is_wanted():
            raise Wanted

    with suppress(Wanted), keras.device("cpu"), beside(workspace) as background:
        prepared = prepare(asked, workspace, background, lambda promise: awaited(promise, check))
        check()
        prepared.tuner.warm_up()
        awaited(prepared.held_out_before, check)
        _kept.append(prepared)
    return bool(_kept)
