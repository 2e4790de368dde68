"""The loop's overhead: this program's fit compared with the bare training step, in turns, in one process."""

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
from keras import ops
from pydantic import BaseModel

from mnist_core.common.workspace import Workspace
from mnist_core.config.presets import PRESETS
from mnist_core.config.schema import TrainConfig
from mnist_core.data import synthetic
from mnist_core.engine.context import RunContext
from mnist_core.engine.control import Control
from mnist_core.engine.training.graph import bare_optimizer
from mnist_core.engine.training.loop import Loop
from mnist_core.engine.training.plan import Plan
from mnist_core.engine.training.train import compile_network, validation
from mnist_core.engine.training.training_data import Data
from mnist_core.jobs.runs import Run

IMAGES = 6000
SECONDS = 8.0
"""About as long as each side of a pair takes."""


class Cost(BaseModel):
    """Images a second of a preset's network, in pairs measured one after the other."""

    preset: str
    bare: list[float]
    fit: list[float]
    flops: int
    """Of training on one image: a multiplication and an addition for each weight used, forwards and twice backwards."""
    peak: float
    """What the machine reaches at its best, in float32: FLOP/s of a large matrix product."""


class _Undisturbed(Control):
    def check(self) -> float:
        return 0.0


def measure(pairs: int, presets: Sequence[str] = ("articles", "quick", "balanced")) -> list[Cost]:
    """Time the networks of these presets, each step with all that the preset does to the images."""
    return [_measure(preset, pairs) for preset in presets]


def _measure(preset: str, pairs: int) -> Cost:
    config = TrainConfig(**PRESETS[preset])
    images, labels = synthetic.generate(IMAGES, seed=0)
    data = Data(images, labels, train=np.arange(IMAGES), validation=np.arange(IMAGES // 10))
    trainable = compile_network(config, data, base=None)
    network, graph = trainable.network, trainable.graph

    def batch(step: int) -> npt.NDArray[np.integer]:
        return np.random.default_rng(step).integers(IMAGES, size=config.batch_size)

    def fit(steps: int) -> float:
        plan = Plan(steps, steps_per_epoch=steps, batch=batch, learning_rate=lambda _: 1e-4)
        with tempfile.TemporaryDirectory() as folder:
            workspace = Workspace.open(Path(folder))
            run = Run.create(workspace, "run", "train", config)
            context = RunContext(config, workspace, run, _Undisturbed())
            loop = Loop(context, trainable, plan, validation(trainable.executor, data))
            return _per_second(loop.run, steps * config.batch_size)

    step = _bare_step(config, graph, data.targets)

    def bare(steps: int) -> float:
        batches = [ops.convert_to_tensor(batch(n).astype(np.int32)) for n in range(steps)]
        return _per_second(lambda: float([step(each) for each in batches][-1]), steps * config.batch_size)

    bare(2), fit(2)  # compiled
    steps = max(10, int(SECONDS * bare(10) / config.batch_size))
    cost = Cost(preset=preset, bare=[], fit=[], flops=flops(network), peak=peak())
    for _ in range(pairs):
        cost.bare.append(bare(steps))
        cost.fit.append(fit(steps))
    return cost


def flops(network: keras.Model) -> int:
    """Of one training step, for each image; only convolutions and dense layers count."""
    multiplications = 0
    for layer in network.layers:
        if isinstance(layer, keras.layers.Conv2D):
            places = layer.output.shape[1] * layer.output.shape[2]
            multiplications += places * int(np.prod(layer.kernel.shape))
        elif isinstance(layer, keras.layers.Dense):
            multiplications += int(np.prod(layer.kernel.shape))
    return 3 * 2 * multiplications


def peak(side: int = 2048, times: int = 8) -> float:
    """FLOP/s of the product of two float32 matrices."""
    one = ops.ones((side, side))
    ops.convert_to_numpy(ops.matmul(one, one))  # warm
    started = time.monotonic()
    for _ in range(times):
        product = ops.matmul(one, one)
    float(product[0, 0])  # waits for all of them: a device takes them one after the other
    return times * 2 * side**3 / (time.monotonic() - started)


def _per_second(work: Any, images: int) -> float:
    started = time.monotonic()
    work()
    return round(images / (time.monotonic() - started), 1)


def _bare_step(config: TrainConfig, graph: keras.Model, targets: npt.NDArray[np.float32]) -> Any:
    """The shortest thing that trains: one compiled function, called once a step; other backends' own step otherwise."""
    if keras.backend.backend() != "tensorflow":
        return lambda batch: graph.train_on_batch(batch, targets[ops.convert_to_numpy(batch)])[0]
    import tensorflow as tf

    from mnist_core.engine.backends.on_tensorflow import tf_function

    resident = tf.constant(targets)
    optimizer = bare_optimizer(config)
    optimizer.learning_rate = 1e-4
    optimizer.build(graph.trainable_variables)

    def step(batch: Any) -> Any:
        with tf.GradientTape() as tape:
            loss = graph.compute_loss(y=tf.gather(resident, batch), y_pred=graph(batch, training=True))
        variables = graph.trainable_variables
        optimizer.apply(tape.gradient(loss, variables), variables)
        return loss

    return tf_function(step)
