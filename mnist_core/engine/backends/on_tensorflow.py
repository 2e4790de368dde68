"""Training on TensorFlow: one `tf.function` around all steps of a call."""

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf
from keras import ops

from mnist_core.engine.backends.executor import Figures, Floats, Indices, Tensor, accuracy


class OnTensorFlow:
    """An `Executor`."""

    any_size = True

    def __init__(self, graph: keras.Model, targets: Floats) -> None:
        self._graph = graph
        self.set_targets(targets)
        self._steps: Any = None
        self._predicting: Any = None
        self._settling: Any = None

    def set_targets(self, targets: Floats) -> None:
        self._targets = ops.convert_to_tensor(targets)

    def train(self, indices: Indices, rates: Floats) -> Figures:
        if self._steps is None:
            self._steps = self._compiled_steps(indices.shape[1])
        return Figures(*(figure.numpy() for figure in self._steps(indices, rates, self._targets)))

    def predict(self, indices: Indices) -> Floats:
        if self._predicting is None:
            signature = (tf.TensorSpec((None,), tf.int32),)
            self._predicting = tf_function(lambda batch: self._graph(batch, training=False), signature)
        logits: Floats = self._predicting(ops.convert_to_tensor(indices)).numpy()
        return logits

    def settle(self, indices: Indices) -> None:
        if self._settling is None:
            self._settling = tf_function(lambda batch: self._graph(batch, training=True))
        for batch in indices:
            self._settling(ops.convert_to_tensor(batch))

    def _compiled_steps(self, batch_size: int) -> Any:
        graph = self._graph

        def step(batch_and_rate: tuple[Tensor, Tensor], all_targets: Tensor) -> tuple[Tensor, Tensor]:
            batch, rate = batch_and_rate
            targets = ops.take(all_targets, batch, axis=0)
            graph.optimizer.learning_rate = rate
            with tf.GradientTape() as tape:
                logits = graph(batch, training=True)
                loss = graph.compute_loss(y=targets, y_pred=logits)
                scaled = graph.optimizer.scale_loss(loss)
            variables = graph.trainable_variables
            graph.optimizer.apply(tape.gradient(scaled, variables), variables)
            return loss, accuracy(targets, logits)

        def steps(indices: Tensor, rates: Tensor, targets: Tensor) -> Tensor:
            # One after the other: each step changes the weights that the next one reads.
            return tf.map_fn(
                lambda batch_and_rate: step(batch_and_rate, targets),
                (indices, rates),
                fn_output_signature=(tf.float32, tf.float32),
                parallel_iterations=1,
            )

        signature = (
            tf.TensorSpec((None, batch_size), tf.int32),
            tf.TensorSpec((None,), tf.float32),
            tf.TensorSpec(self._targets.shape, tf.float32),
        )
        return tf_function(steps, signature)


def tf_function(function: Callable[..., Any], signature: tuple[Any, ...] | None = None) -> Any:
    """Compiled without XLA, which makes a CPU take 2–3 times as long, and without AutoGraph, which would take half a
    second to translate code that has no Python `if` or loop over tensors.
    """
    return tf.function(function, input_signature=signature, jit_compile=False, autograph=False)
