"""What the backend compiles of a training graph: many training steps in one call, and the reading of a batch.

A small network's step takes less time than asking for it from Python does, so the steps between two looks at the
world outside are asked for together. TensorFlow and JAX each have a way to compile such a loop; any other backend
takes the steps one by one, through Keras. The three do the same.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import keras
import numpy as np
import numpy.typing as npt
from keras import ops

from mnist_core.engine.averaging import mean_over_members

MOST_STEPS = 128
"""Steps in one call. JAX compiles for just this many, and leaves the loop early."""
READ_BATCH = 250

Tensor: TypeAlias = Any  # of whichever backend; Keras carries no types
Floats = npt.NDArray[np.float32]
Indices = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Figures:
    """What each of the K steps saw of its batch, before it changed the weights: two (K,) arrays."""

    loss: Floats
    accuracy: Floats


class Executor(Protocol):
    """Trains and reads by index. Batches have one size in every call, for which the graph is compiled once."""

    def train(self, indices: Indices, rates: Floats) -> Figures:
        """Take K ≤ `MOST_STEPS` steps: batch k is `indices[k]`, its learning rate `rates[k]`.

        Args:
            indices: (K, B).
            rates: (K,).
        """
        ...

    def read(self, indices: Indices) -> Floats:
        """(B,) indices → the graph's logits by the present weights, of the images as they are."""
        ...

    def settle(self, indices: Indices) -> None:
        """Let the normalisation's statistics follow the present weights: (K, B) images pass as in training.

        Averaged weights need it (Izmailov et al. 2018): what was measured of other weights fits them so badly that
        they can read no better than chance.
        """
        ...


def executor_of(graph: keras.Model, targets: Floats) -> Executor:
    """The fastest way to run `graph`, a compiled training graph, that the present backend has.

    Args:
        targets: (N, 10) distributions by the graph's indices: one-hot, or what another model answered.
    """
    match keras.backend.backend():
        case "tensorflow":
            return _TensorFlow(graph, targets)
        case "jax":
            return _Jax(graph, targets)
        case _:
            return _PlainKeras(graph, targets)


def read_all(executor: Executor, indices: npt.NDArray[np.integer]) -> Floats:
    """(N,) indices → logits (N, 10), whatever N is."""
    # The last batch is filled up, so that it has the size of the others.
    filled = np.resize(indices, -(-len(indices) // READ_BATCH) * READ_BATCH).astype(np.int32)
    logits = [executor.read(batch) for batch in filled.reshape(-1, READ_BATCH)]
    joined: Floats = mean_over_members(np.concatenate(logits))[: len(indices)]
    return joined


def _accuracy(targets: Tensor, logits: Tensor) -> Tensor:
    """The share of a batch whose most probable digit is that of its target."""
    digits = ops.argmax(mean_over_members(logits), axis=-1)
    return ops.mean(ops.cast(ops.argmax(targets, axis=-1) == digits, "float32"))


class _PlainKeras:
    """Step by step, by Keras' own `train_on_batch`."""

    def __init__(self, graph: keras.Model, targets: Floats) -> None:
        self._graph, self._targets = graph, targets

    def train(self, indices: Indices, rates: Floats) -> Figures:
        logs = [self._step(batch, rate) for batch, rate in zip(indices, rates, strict=True)]
        return Figures(*(np.array([log[name] for log in logs], np.float32) for name in ("loss", "accuracy")))

    def _step(self, batch: Indices, rate: float) -> dict[str, float]:
        self._graph.optimizer.learning_rate = rate
        self._graph.reset_metrics()
        logs: dict[str, float] = self._graph.train_on_batch(batch, self._targets[batch], return_dict=True)
        return logs

    def read(self, indices: Indices) -> Floats:
        logits: Floats = self._graph.predict_on_batch(indices)
        return logits

    def settle(self, indices: Indices) -> None:
        for batch in indices:
            self._graph(batch, training=True)


class _TensorFlow:
    """One `tf.function` around all steps."""

    def __init__(self, graph: keras.Model, targets: Floats) -> None:
        self._graph = graph
        self._targets = ops.convert_to_tensor(targets)
        self._steps: Any = None
        self._reading: Any = None
        self._settling: Any = None

    def train(self, indices: Indices, rates: Floats) -> Figures:
        if self._steps is None:
            self._steps = self._compiled_steps(indices.shape[1])
        return Figures(*(figure.numpy() for figure in self._steps(indices, rates)))

    def read(self, indices: Indices) -> Floats:
        if self._reading is None:
            self._reading = tf_function(lambda batch: self._graph(batch, training=False))
        logits: Floats = self._reading(ops.convert_to_tensor(indices)).numpy()
        return logits

    def settle(self, indices: Indices) -> None:
        if self._settling is None:
            self._settling = tf_function(lambda batch: self._graph(batch, training=True))
        for batch in indices:
            self._settling(ops.convert_to_tensor(batch))

    def _compiled_steps(self, batch_size: int) -> Any:
        import tensorflow as tf

        graph = self._graph

        def step(batch_and_rate: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
            batch, rate = batch_and_rate
            targets = ops.take(self._targets, batch, axis=0)
            graph.optimizer.learning_rate = rate
            with tf.GradientTape() as tape:
                logits = graph(batch, training=True)
                loss = graph.compute_loss(y=targets, y_pred=logits)
                scaled = graph.optimizer.scale_loss(loss)
            variables = graph.trainable_variables
            graph.optimizer.apply(tape.gradient(scaled, variables), variables)
            return loss, _accuracy(targets, logits)

        def steps(indices: Tensor, rates: Tensor) -> Tensor:
            # One after the other: each step changes the weights that the next one reads.
            return tf.map_fn(
                step, (indices, rates), fn_output_signature=(tf.float32, tf.float32), parallel_iterations=1
            )

        signature = (tf.TensorSpec((None, batch_size), tf.int32), tf.TensorSpec((None,), tf.float32))
        return tf_function(steps, signature)


def tf_function(function: Callable[..., Any], signature: tuple[Any, ...] | None = None) -> Any:
    """Compiled without XLA, with which a CPU takes 2–3 times as long, and without AutoGraph.

    AutoGraph would translate the source of what has no Python `if` or loop over tensors: half a second for nothing.
    """
    import tensorflow as tf

    return tf.function(function, input_signature=signature, jit_compile=False, autograph=False)


class _Jax:
    """One `jax.jit` around all steps, over the state that Keras' stateless methods pass on."""

    def __init__(self, graph: keras.Model, targets: Floats) -> None:
        import jax

        self._graph = graph
        self._targets = ops.convert_to_tensor(targets)
        self._compiled = jax.jit(self._steps)
        self._reading = jax.jit(lambda *state: graph.stateless_call(*state, training=False)[0])
        self._settling = jax.jit(lambda *state: graph.stateless_call(*state, training=True)[1])

    def train(self, indices: Indices, rates: Floats) -> Figures:
        count = len(indices)
        unused = MOST_STEPS - count
        padded = np.pad(indices, ((0, unused), (0, 0))), np.pad(rates, (0, unused))
        state, figures = self._compiled(self._state(), *padded, count)
        for variables, values in zip(self._variables(), state, strict=True):
            for variable, value in zip(variables, values, strict=True):
                variable.assign(value)
        loss, accuracy = np.asarray(figures)[:count].T
        return Figures(loss, accuracy)

    def read(self, indices: Indices) -> Floats:
        trainable, fixed, _ = self._state()
        return np.asarray(self._reading(trainable, fixed, indices))

    def settle(self, indices: Indices) -> None:
        trainable, fixed, _ = self._state()
        for batch in indices:
            fixed = self._settling(trainable, fixed, batch)
        for variable, value in zip(self._graph.non_trainable_variables, fixed, strict=True):
            variable.assign(value)

    def _variables(self) -> tuple[list[Any], list[Any], list[Any]]:
        graph = self._graph
        return graph.trainable_variables, graph.non_trainable_variables, graph.optimizer.variables

    def _state(self) -> list[list[Tensor]]:
        return [[variable.value for variable in variables] for variables in self._variables()]

    def _steps(self, state: Any, indices: Tensor, rates: Tensor, count: Tensor) -> Any:
        import jax

        def step(k: Tensor, carried: Any) -> Any:
            state, figures = carried
            state, loss, accuracy = self._step(state, indices[k], rates[k])
            return state, figures.at[k].set(jax.numpy.stack([loss, accuracy]))

        return jax.lax.fori_loop(0, count, step, (state, jax.numpy.zeros((MOST_STEPS, 2))))

    def _step(self, state: Any, batch: Tensor, rate: Tensor) -> Any:
        import jax

        graph, optimizer = self._graph, self._graph.optimizer
        trainable, fixed, optimizing = state
        targets = ops.take(self._targets, batch, axis=0)
        at = next(n for n, variable in enumerate(optimizer.variables) if variable is optimizer.learning_rate)
        optimizing = [*optimizing[:at], rate, *optimizing[at + 1 :]]

        def loss_of(trainable: Any) -> Any:
            logits, updated = graph.stateless_call(trainable, fixed, batch, training=True)
            held = [*zip(graph.trainable_variables, trainable, strict=True)]
            held += zip(optimizer.variables, optimizing, strict=True)
            with keras.StatelessScope(state_mapping=held):
                loss = graph.compute_loss(y=targets, y_pred=logits)  # with the penalties on these very weights
                scaled = optimizer.scale_loss(loss)
            return scaled, (loss, logits, updated)

        gradients, (loss, logits, fixed) = jax.grad(loss_of, has_aux=True)(trainable)
        trainable, optimizing = optimizer.stateless_apply(optimizing, gradients, trainable)
        return [trainable, fixed, optimizing], loss, _accuracy(targets, logits)
