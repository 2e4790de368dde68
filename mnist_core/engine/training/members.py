"""The members of an ensemble, each trained by itself: on a cluster, and wherever such a training goes on.

A member sees the batches, the augmentation and the random numbers that it would see among the others, and its loss
counts as much. So its weights are those of a training of all members in one network, bit for bit. `joint` judges what
they are together.
"""

import shutil
from dataclasses import replace
from typing import Any

import keras

from mnist_core.common.errors import StudioError
from mnist_core.common.language import _
from mnist_core.config.schema import TrainConfig
from mnist_core.data import datasets
from mnist_core.engine.backends import devices
from mnist_core.engine.backends.executor import predict_all
from mnist_core.engine.context import RunContext
from mnist_core.engine.control import Stop
from mnist_core.engine.training import member_epochs
from mnist_core.engine.training.health import NOT_FINITE
from mnist_core.engine.training.joint import Joint
from mnist_core.engine.training.loop import Diverged, Loop
from mnist_core.engine.training.position import Position
from mnist_core.engine.training.train import Fit, Trained, base_model, compile_network, figures_of, train
from mnist_core.engine.training.training_data import Data, epoch_plan, prepare
from mnist_core.evaluation.predictions import Logits, Predictions
from mnist_core.evaluation.reports import TrainReport
from mnist_core.jobs import members
from mnist_core.models.model import Model


def are_apart(context: RunContext[Any]) -> bool:
    """Whether the members of a training are trained apart. One that began in one network goes on in one."""
    config, run = context.config, context.run
    if not isinstance(config, TrainConfig) or config.ensemble_size == 1:
        return False
    together = any(run.checkpoints.glob("[0-9]*.npz"))
    return run.members.exists() or bool(context.compute.cluster and not together)


def train_apart(context: RunContext[TrainConfig], fit: Fit) -> TrainReport:
    """As `train`. What the members have left is removed once there is a model."""
    report = train(context, fit)
    shutil.rmtree(context.run.members, ignore_errors=True)
    return report


def train_one_by_one(context: RunContext[TrainConfig]) -> TrainReport:
    """As `train`, the members in this process, one after the other."""
    return train_apart(context, _fit_one_by_one)


def _fit_one_by_one(context: RunContext[TrainConfig], data: Data, base: Model | None) -> Trained:
    joint, stopped = Joint(context, data), False
    for number in joint.unfinished():
        one = replace(joint.context_of(number), on_progress=lambda _: joint.look())
        try:
            stopped = _train(one, data, base)
        except Stop:
            stopped = True
        joint.look()
        if stopped or joint.ended_early:
            break
    return joint.trained(stopped=stopped)


def train_member(context: RunContext[TrainConfig]) -> None:
    """What a worker does; the run is the member's.

    Raises:
        Stop, Discard, Interrupted: as the loop does.
        StudioError: it diverged, or data or device are missing.
    """
    config = context.config
    context.tell("loading")
    dataset = datasets.load(config.dataset, context.workspace, turn=config.turn_images)
    _train(context, prepare(config, dataset), base_model(config, context.workspace))


def _train(context: RunContext[TrainConfig], data: Data, base: Model | None) -> bool:
    """Train a member; return whether a Stop ended it."""
    config, run = context.config, context.run
    keras.utils.clear_session()  # so that the layers are numbered from the start: curves name them
    device = devices.choose(config.device)
    with devices.using(device):
        trainable = compile_network(config, data, base, members.number_of(run))
        logits: list[Logits] = []

        def validate() -> dict[str, float]:
            logits[:] = [predict_all(trainable.executor, data.validation)]
            return figures_of(Predictions(logits[0], data.labels[data.validation]))

        def keep(position: Position) -> None:
            member_epochs.write(run, position, logits[0], trainable.network.get_weights())

        plan = replace(epoch_plan(config, data.train), early_stopping=0, keep_best=False)
        devices.check_batch(len(plan.batch(0)), device)
        loop = Loop(context, trainable, plan, validate, device=device, on_epoch=keep)
        loop.resume()
        try:
            loop.run()
        except Diverged:
            raise StudioError(_(NOT_FINITE)) from None
    return loop.stopped
