"""One of two processes that train together. `test_backends` starts both: three steps, and what they leave, as JSON."""

import json
import sys

import jax
import keras
import numpy as np

from mnist_core.config.schema import TrainConfig
from mnist_core.data import synthetic
from mnist_core.engine.backends.on_jax import OnJax
from mnist_core.engine.training.train import compile_network
from mnist_core.engine.training.training_data import Data


def main(address: str, processes: int, number: int) -> None:
    """Losses, logits of seven images, and the sum of the weights' absolute values."""
    if processes > 1:
        jax.config.update("jax_cpu_collectives_implementation", "gloo")
        keras.distribution.initialize(address, processes, number)
    images, labels = synthetic.generate(60, seed=0)
    data = Data(images, labels, np.arange(60), np.arange(10))
    with keras.distribution.DataParallel().scope():
        made = compile_network(TrainConfig(architecture="mlp", dropout=0.1, rotation=10), data, None)
        executor = OnJax(made.graph, data.targets)
        losses = executor.train(np.arange(60, dtype=np.int32).reshape(3, 20), np.full(3, 0.001, np.float32)).loss
        logits = executor.predict(np.arange(7, dtype=np.int32))
        total = sum(np.abs(each).sum() for each in made.network.get_weights())
    print(json.dumps([*losses.tolist(), *logits.ravel().tolist(), float(total) / 1000]))


main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
