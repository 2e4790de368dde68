"""Training step by step with Keras' own `train_on_batch`, on any backend."""

import keras
import numpy as np

from mnist_core.engine.backends.executor import Figures, Floats, Indices


class OnKeras:
    """An `Executor`."""

    any_size = False

    def __init__(self, graph: keras.Model, targets: Floats) -> None:
        self._graph, self._targets = graph, targets

    def set_targets(self, targets: Floats) -> None:
        self._targets = targets

    def train(self, indices: Indices, rates: Floats) -> Figures:
        logs = [self._step(batch, rate) for batch, rate in zip(indices, rates, strict=True)]
        return Figures(*(np.array([log[name] for log in logs], np.float32) for name in ("loss", "accuracy")))

    def _step(self, batch: Indices, rate: float) -> dict[str, float]:
        self._graph.optimizer.learning_rate = rate
        self._graph.reset_metrics()
        logs: dict[str, float] = self._graph.train_on_batch(batch, self._targets[batch], return_dict=True)
        return logs

    def predict(self, indices: Indices) -> Floats:
        logits: Floats = self._graph.predict_on_batch(indices)
        return logits

    def settle(self, indices: Indices) -> None:
        for batch in indices:
            self._graph(batch, training=True)
