"""A training from scratch: data → network → loop → test → registry. `minimal` shows the bare training."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import keras
import numpy as np

from mnist_core.common.errors import InputError, StudioError
from mnist_core.common.language import Text, _
from mnist_core.common.workspace import Workspace
from mnist_core.config.presets import title_of
from mnist_core.config.schema import TrainConfig
from mnist_core.data import datasets
from mnist_core.engine.backends import devices, saved
from mnist_core.engine.backends.executor import Executor, predict_all
from mnist_core.engine.backends.table import executor_of
from mnist_core.engine.context import RunContext, nobody
from mnist_core.engine.control import Control, Stop
from mnist_core.engine.networks.averaging import member_of
from mnist_core.engine.networks.build import build
from mnist_core.engine.training.graph import compile_graph, make_optimizer, training_graph
from mnist_core.engine.training.health import NOT_FINITE
from mnist_core.engine.training.loop import Diverged, Loop, Trainable
from mnist_core.engine.training.position import Position
from mnist_core.engine.training.register import register
from mnist_core.engine.training.training_data import Data, epoch_plan, prepare
from mnist_core.evaluation.predictions import Predictions
from mnist_core.evaluation.reports import TrainReport
from mnist_core.jobs import speed
from mnist_core.jobs.runs import Run
from mnist_core.models.model import Model
from mnist_core.models.registry import Registry

CPU = "cpu"


@dataclass(frozen=True)
class Trained:
    """What the loop left."""

    network: keras.Model
    position: Position
    stopped: bool
    config: TrainConfig
    """The final config: with a smaller batch or on the CPU if memory was short."""
    device: str


class StopOnlyWhenEmpty:
    """A `Control` that obeys a Stop only if there is nothing to keep yet; otherwise the loop ends at its first
    check."""

    def __init__(self, control: Control, run: Run) -> None:
        self._control, self._run = control, run
        self.trained = False

    def check(self) -> float:
        try:
            return self._control.check()
        except Stop:
            if self.trained or self._run.can_go_on:
                return 0.0
            raise


Fit = Callable[[RunContext[TrainConfig], Data, Model | None], Trained]
"""Trains on data, from random weights or from those of a model."""


def train(context: RunContext[TrainConfig], fit_members: Fit | None = None) -> TrainReport:
    """Train by the config and register the model.

    A model that this run has registered already, before it was cut off, stays as it is.

    Args:
        fit_members: what trains the members of an ensemble apart, in place of `fit`.

    Raises:
        Discard, Interrupted: as the loop does, but also before and after it.
        Stop: before there was anything to keep.
        StudioError: the training diverged, or data or device are missing.
    """
    started = time.monotonic()
    config, workspace, run = context.config, context.workspace, context.run
    device = run.progress().device if fit_members else devices.choose(config.device)
    if (model := Registry(workspace).of_run(run.id)) is not None:
        warnings = run.progress().warnings
        return run.report_as(TrainReport) or _report(config, model, device, warnings, started, stopped=False)
    around = context.with_control(control := StopOnlyWhenEmpty(context.control, run))
    around.tell("loading")
    dataset = datasets.load(
        config.dataset,
        workspace,
        lambda share: around.tell("downloading", share=share),
        turn=config.turn_images,
    )
    data = prepare(config, dataset)
    base = base_model(config, workspace)
    around.tell("building")
    trained = fit_members(context, data, base) if fit_members else fit(context, device, data, base)
    control.trained = True
    here = fit_members is None and config.device == "auto"  # members may have been trained on other machines
    if here and len(trained.position.accuracies) == config.epochs and trained.config == config:
        speed.learn(workspace, config, len(dataset.x_train), trained.position.elapsed_s)
    around.tell("testing")
    model = register(around.with_config(trained.config), trained.network, data, dataset, base, trained.position)
    return _report(trained.config, model, trained.device, trained.position.warnings, started, stopped=trained.stopped)


def _report(
    config: TrainConfig, model: Model, device: str, warnings: list[Text], started: float, *, stopped: bool
) -> TrainReport:
    measured = ("test_accuracy", "validation_accuracy", "onnx_difference", "best_epoch", "epochs", "fit_seconds")
    return TrainReport(
        model=model.name,
        model_id=model.id,
        stopped=stopped,
        **model.card.figures.model_dump(include=set(measured)),
        total_seconds=round(time.monotonic() - started, 3),
        device=device,
        warnings=warnings,
        seed=config.seed,
    )


def fit(
    context: RunContext[TrainConfig],
    device: str,
    data: Data,
    base: Model | None,
    on_epoch: Callable[[Position], None] = nobody,
) -> Trained:
    """Train to the end of the plan, with a smaller batch or on the CPU if memory is short.

    Raises:
        Stop, Discard, Interrupted: as the loop does.
        StudioError: it diverged, or memory is too small in every way.
    """
    halved, warnings = False, list[Text]()
    if context.config.device == "all" and devices.count(device) == 1:
        warnings.append(_("This machine has one device for a training: {device}.", device=device))
    while True:
        try:
            plan = epoch_plan(context.config, data.train)
            devices.check_batch(len(plan.batch(0)), device)
            with devices.using(device), devices.naming_out_of_memory():
                trainable = compile_network(context.config, data, base)
                validate = validation(trainable.executor, data)
                loop = Loop(context, trainable, plan, validate, device=device, on_epoch=on_epoch)
                loop.resume(warnings)
                position = loop.run()
            return Trained(trainable.network, position, loop.stopped, context.config, device)
        except Diverged:
            raise StudioError(_(NOT_FINITE)) from None
        except devices.OutOfMemory:
            config, device, warning = _with_less_memory(context.config, device, halved)
            halved, context = True, context.with_config(config)
            warnings.append(warning)
            context.run.restart(config)


def _with_less_memory(config: TrainConfig, device: str, halved: bool) -> tuple[TrainConfig, str, Text]:
    """What to try if the memory of `device` was too small: first half the batch, then the CPU; and a warning.

    Raises:
        StudioError: there is nothing left to try.
    """
    if not halved:
        equal = devices.count(device)
        size = max(1, config.batch_size // (2 * equal)) * equal
        # With another batch it would no longer be known as its preset, and the model be called otherwise than its run.
        smaller = config.model_copy(update={"batch_size": size, "name": config.name or title_of(config)})
        halved_to = _("{device} ran out of memory. The batch size was halved to {size:,}.", device=device, size=size)
        return smaller, device, halved_to
    if device != CPU:
        on_cpu = _("{device} ran out of memory. The training moved to the CPU.", device=device)
        return config.model_copy(update={"device": "cpu"}), CPU, on_cpu
    raise StudioError(
        _("Out of memory, even with half the batch size on the CPU. Try a smaller network or a smaller batch.")
    )


def base_model(config: TrainConfig, workspace: Workspace) -> Model | None:
    """The model whose weights the training starts from; None if it starts from random weights."""
    return Registry(workspace).of_config(config.start_from) if config.start_from else None


def compile_network(config: TrainConfig, data: Data, base: Model | None, member: int | None = None) -> Trainable:
    """A new network, its compiled training graph over all of `data`, and what runs that.

    Args:
        member: the only member of the ensemble that is trained, from 0. All are built, so that it begins with the same
            weights and the same random numbers.
    """
    network = build(config)
    if base is not None:
        _copy_weights(base, network)
    if member is not None:
        network = member_of(network, member)
    graph = training_graph(network, data.images, config, config.seed)
    of = 1 if member is None else config.ensemble_size
    compile_graph(graph, make_optimizer(config), config.label_smoothing, of=of)
    graph.optimizer.build(graph.trainable_variables)
    return Trainable(network, graph, executor_of(graph, data.targets))


def warm_up() -> None:
    """Take a step of a small training, so that TensorFlow's one-time work is done.

    Not on a GPU, because a waiting trainer must not hold its memory. Other backends were not measured.
    """
    if keras.backend.backend() != "tensorflow" or devices.available() != [CPU]:
        return
    two = np.arange(2)
    data = Data(np.zeros((2, 28, 28), np.uint8), two.astype(np.uint8), two, two)
    compile_network(TrainConfig(architecture="fast"), data, None).executor.train(
        two.astype(np.int32)[None], np.zeros(1, np.float32)
    )
    keras.utils.clear_session()  # so that the next network's layers are numbered from the start: curves name them


def validation(executor: Executor, data: Data) -> Callable[[], dict[str, float]]:
    """A function that validates the current weights."""

    def validate() -> dict[str, float]:
        return figures_of(Predictions(predict_all(executor, data.validation), data.labels[data.validation]))

    return validate


def figures_of(predictions: Predictions) -> dict[str, float]:
    """What a validation measures, by the names of the records."""
    return {
        "val_loss": predictions.loss,
        "val_loss_error": predictions.loss_error,
        "val_accuracy": predictions.accuracy,
    }


def _copy_weights(base: Model, network: keras.Model) -> None:
    """Raises:
    InputError: the two are not of one architecture.
    UnreadableError: the base's file is damaged.
    """
    weights = saved.network_of(base).get_weights()
    if [weight.shape for weight in weights] != [weight.shape for weight in network.get_weights()]:
        raise InputError(
            _(
                "The weights of {model} ({architecture}) do not fit this network. Start from another model, or train "
                "the same architecture with the same settings.",
                model=base.name,
                architecture=base.card.architecture,
            )
        )
    network.set_weights(weights)
