"""A training from scratch: data → network → loop → test → registry."""

import time
from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from mnist_core.common.errors import InputError, StudioError
from mnist_core.common.workspace import Workspace
from mnist_core.config.schema import TrainConfig
from mnist_core.data import datasets
from mnist_core.engine.backends import devices
from mnist_core.engine.backends.executor import Executor, executor_of, predict_all
from mnist_core.engine.control import Control, OnProgress, Stop
from mnist_core.engine.networks import architectures
from mnist_core.engine.training.graph import compile_graph, make_optimizer, training_graph
from mnist_core.engine.training.loop import Diverged, Loop
from mnist_core.engine.training.register import register
from mnist_core.engine.training.training_data import Data, epoch_plan, prepare
from mnist_core.evaluation.predictions import Predictions
from mnist_core.jobs.runs import Run
from mnist_core.models.registry import Model, Registry

CPU = "cpu"


def train(
    config: TrainConfig, workspace: Workspace, run: Run, control: Control, on_progress: OnProgress = lambda _: None
) -> tuple[Model, dict[str, Any]]:
    """Train by `config`; register the model; return it and the run's report.

    A model that this run has registered already, before it was cut off, is returned as it is.

    Raises:
        Discard, Interrupted: as the loop does, but also before and after it.
        Stop: before there was anything to keep.
        StudioError: the training diverged, or data or device are not to be had.
    """
    started = time.monotonic()
    trained = False

    def obey() -> None:
        try:
            control.check()
        except Stop:
            if not trained and not run.can_go_on:
                raise  # else there is something to keep: the loop ends at its first look, or has ended

    def tell(phase: str) -> None:
        obey()
        progress = run.progress().model_copy(update={"phase": phase})
        run.write_progress(progress)
        on_progress(progress)

    device = devices.choose(config.device)
    if (model := Registry(workspace).of_run(run.id)) is not None:
        warnings = run.progress().warnings
        return model, run.report() or _report(config, model, device, warnings, started, stopped=False)
    tell("loading data")
    dataset = datasets.load(config.dataset, workspace, lambda share: tell(f"downloading MNIST, {share:.0%}"))
    data = prepare(config, dataset)
    start = starting_model(config, workspace)
    tell("building the network")
    warnings = []
    while True:
        try:
            with keras.device(device), devices.naming_out_of_held_out_images():
                network, loop = _loop(config, data, run, control, device, on_progress, start)
                loop.resume(warnings)
                position = loop.run()
            break
        except Diverged as error:
            raise StudioError(str(error)) from None
        except devices.OutOfMemory:
            config, device, warning = _with_less_memory(config, device, bool(warnings))
            warnings.append(warning)
            run.restart(config)
    trained = True
    tell("testing and exporting")
    figures = {
        "best_epoch": position.best_epoch,
        "epochs": len(position.accuracies),
        "fit_seconds": round(position.elapsed_s, 3),
    }
    model = register(config, network, data, dataset, figures, workspace, run, obey, start)
    return model, _report(config, model, device, position.warnings, started, stopped=loop.stopped)


def _report(
    config: TrainConfig, model: Model, device: str, warnings: list[str], started: float, *, stopped: bool
) -> dict[str, Any]:
    return {
        "model": model.name,
        "model_id": model.id,
        "stopped": stopped,
        **model.card.figures,
        "total_seconds": round(time.monotonic() - started, 3),
        "device": device,
        "warnings": warnings,
        "seed": config.seed,
    }


def _with_less_memory(config: TrainConfig, device: str, halved: bool) -> tuple[TrainConfig, str, str]:
    """What to try when the memory of `device` was too small: half the batch, once; then the CPU; and a warning.

    Raises:
        StudioError: there is nothing left to try.
    """
    if not halved:
        size = max(1, config.batch_size // 2)
        smaller = config.model_copy(update={"batch_size": size})
        return smaller, device, f"The memory of {device} was full, so the batch size was halved to {size}."
    if device != CPU:
        return config.model_copy(update={"device": "cpu"}), CPU, f"The memory of {device} was full, so the CPU is used."
    raise StudioError("The memory is full, even with half the batch size, on the CPU. Try a smaller network or batch.")


def starting_model(config: TrainConfig, workspace: Workspace) -> Model | None:
    """The model whose weights the training starts from, if it does not start from random ones."""
    return Registry(workspace).find(config.start_from) if config.start_from else None


def build_graph(config: TrainConfig, data: Data, start: Model | None) -> tuple[keras.Model, keras.Model, Executor]:
    """The network, its compiled training graph over all of `data`, and what runs that."""
    network = architectures.build(config)
    if start is not None:
        _copy_weights(start, network)
    graph = training_graph(network, data.images, config, config.seed)
    compile_graph(graph, make_optimizer(config), config.label_smoothing)
    graph.optimizer.build(graph.trainable_variables)
    return network, graph, executor_of(graph, data.targets)


def warm_up() -> None:
    """Take a step of a small training, so that what TensorFlow does only before its first one is done.

    Not with a GPU, whose memory nobody shall hold who does not train; and other backends were not measured.
    """
    if keras.backend.backend() != "tensorflow" or devices.available() != [CPU]:
        return
    two = np.arange(2)
    data = Data(np.zeros((2, 28, 28), np.uint8), two.astype(np.uint8), two, two)
    _, _, executor = build_graph(TrainConfig(architecture="fast"), data, None)
    executor.train(two.astype(np.int32)[None], np.zeros(1, np.float32))
    keras.utils.clear_session()  # so that the next network's layers are numbered from the start: curves name them


def validation(executor: Executor, data: Data) -> Callable[[], dict[str, float]]:
    """What judges the present weights by the validation images."""

    def validate() -> dict[str, float]:
        reading = Predictions(predict_all(executor, data.validation), data.labels[data.validation])
        return {"val_loss": reading.loss, "val_loss_error": reading.loss_error, "val_accuracy": reading.accuracy}

    return validate


def _loop(
    config: TrainConfig,
    data: Data,
    run: Run,
    control: Control,
    device: str,
    on_progress: OnProgress,
    start: Model | None = None,
) -> tuple[keras.Model, Loop]:
    network, graph, executor = build_graph(config, data, start)
    validate = validation(executor, data)
    plan = epoch_plan(config, data.train)
    loop = Loop(
        network, graph, executor, plan, run, control, validate,
        device=device, on_progress=on_progress,
    )  # fmt: skip
    return network, loop


def _copy_weights(start: Model, network: keras.Model) -> None:
    """Raises:
    InputError: the two are not of one architecture.
    """
    weights = keras.models.load_model(start.keras, compile=False).get_weights()
    if [weight.shape for weight in weights] != [weight.shape for weight in network.get_weights()]:
        raise InputError(f"start_from: {start.name} is a {start.card.architecture} of another shape; choose another.")
    network.set_weights(weights)
