"""Prints the milliseconds of a training step on one, two and four virtual CPUs: docs/experiments/devices.md."""

import time

import numpy as np

from mnist_core.config.schema import TrainConfig
from mnist_core.data import synthetic
from mnist_core.engine.backends import devices
from mnist_core.engine.training.train import compile_network
from mnist_core.engine.training.training_data import Data

PLACES = ("cpu", "cpu:0,cpu:1", "cpu:0,cpu:1,cpu:2,cpu:3")
NETWORKS = (("mlp", 128), ("fast", 128), ("fast", 1024))
TURNS, STEPS = 12, 3


def least_seconds(architecture: str, size: int) -> list[float]:
    """Of a step in each place, which take turns."""
    images, labels = synthetic.generate(size, seed=0)
    data = Data(images, labels, np.arange(size), np.arange(10))
    config = TrainConfig(architecture=architecture, batch_size=size)
    batch, rates = np.arange(size, dtype=np.int32)[None], np.full(1, 1e-4, np.float32)
    executors, least = [], [float("inf")] * len(PLACES)
    for place in PLACES:
        with devices.using(place):
            executors.append(compile_network(config, data, None).executor)
            executors[-1].train(batch, rates)  # which compiles it
    for _ in range(TURNS):
        for number, executor in enumerate(executors):
            for _ in range(STEPS):
                began = time.perf_counter()
                executor.train(batch, rates)
                least[number] = min(least[number], time.perf_counter() - began)
    return least


if __name__ == "__main__":
    for each in NETWORKS:
        print(*each, *(f"{1000 * seconds:.1f}" for seconds in least_seconds(*each)), flush=True)
