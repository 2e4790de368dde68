"""Training on JAX, over the state that Keras' stateless methods pass on.

On a GPU all steps of a call are one `jax.jit`. On a CPU each step is one: what XLA makes there of a convolution inside
a loop is many times slower (docs/experiments/speed.md).

With several devices (`devices.using`) each has a copy of the images, the targets and the weights, and its equal part of
every batch. The compiled step is still a step on the whole batch, and XLA adds what must pass between the devices. So
gradients, the normalisation's statistics and random numbers are those of a single device.
"""

from functools import partial
from typing import Any

import jax
import keras
import numpy as np
import numpy.typing as npt
from keras import ops

from mnist_core.engine.backends.executor import MOST_STEPS, Figures, Floats, Indices, Tensor, accuracy

BATCH = "batch"
"""What `keras.distribution.DataParallel` calls the axis along which a batch is divided."""


class OnJax:
    """An `Executor`."""

    any_size = False

    def __init__(self, graph: keras.Model, targets: Floats, *, in_a_loop: bool | None = None) -> None:
        """
        Args:
            in_a_loop: whether to compile all steps of a call together; None: where that is faster.
        """
        self._graph = graph
        distribution = keras.distribution.distribution()
        self._mesh = distribution and distribution.device_mesh
        """The devices among which batches are divided; None for a single one."""
        self.set_targets(targets)
        if in_a_loop is None:
            in_a_loop = {device.platform for device in self._targets.devices()} != {"cpu"}
        self._take_steps = self._in_a_loop if in_a_loop else self._one_by_one
        compiled = partial(jax.jit, out_shardings=self._layout())
        self._compiled = compiled(self._loop if in_a_loop else self._step, donate_argnums=0)
        self._predicting = compiled(lambda *state: graph.stateless_call(*state, training=False)[0])
        self._settling = compiled(lambda *state: graph.stateless_call(*state, training=True)[1])

    def set_targets(self, targets: Floats) -> None:
        self._targets = ops.convert_to_tensor(self._placed(targets))

    def train(self, indices: Indices, rates: Floats) -> Figures:
        state, figures = self._take_steps(self._state(), indices, rates)
        for variables, values in zip(self._variables(), state, strict=True):
            for variable, value in zip(variables, values, strict=True):
                variable.assign(value)
        return Figures(*np.asarray(figures).T)

    def _in_a_loop(self, state: Any, indices: Indices, rates: Floats) -> Any:
        count = len(indices)
        unused = MOST_STEPS - count
        padded = self._placed(np.pad(indices, ((0, unused), (0, 0))), None, BATCH), np.pad(rates, (0, unused))
        state, figures = self._compiled(state, self._targets, *padded, count)
        return state, figures[:count]

    def _one_by_one(self, state: Any, indices: Indices, rates: Floats) -> Any:
        figures = []
        for batch, rate in zip(indices, rates, strict=True):
            state, seen = self._compiled(state, self._targets, self._placed(batch, BATCH), rate)
            figures.append(seen)
        return state, figures

    def predict(self, indices: Indices) -> Floats:
        trainable, fixed, _ = self._state()
        devices = self._mesh.devices.size if self._mesh else 1
        filled = np.resize(indices, -(-len(indices) // devices) * devices)
        return np.asarray(self._predicting(trainable, fixed, self._placed(filled, BATCH)))[: len(indices)]

    def settle(self, indices: Indices) -> None:
        trainable, fixed, _ = self._state()
        for batch in indices:
            fixed = self._settling(trainable, fixed, self._placed(batch, BATCH))
        for variable, value in zip(self._graph.non_trainable_variables, fixed, strict=True):
            variable.assign(value)

    def _placed(self, array: npt.NDArray[Any], *axes: str | None) -> Tensor:
        """The array on each device, or its axis `BATCH` divided among them."""
        if (layout := self._layout(*axes)) is None:
            return array
        return jax.make_array_from_callback(array.shape, layout, lambda part: array[part])

    def _layout(self, *axes: str | None) -> Any:
        """Where an array lies that has these axes, which are divided or not; None for a single device."""
        return keras.distribution.TensorLayout(axes, self._mesh).backend_layout if self._mesh else None

    def _variables(self) -> tuple[list[Any], list[Any], list[Any]]:
        graph = self._graph
        return graph.trainable_variables, graph.non_trainable_variables, graph.optimizer.variables

    def _state(self) -> list[list[Tensor]]:
        return [[variable.value for variable in variables] for variables in self._variables()]

    # The targets are an argument: as a constant they would be a part of the program, compiled anew for each seed.

    def _loop(self, state: Any, targets: Tensor, indices: Tensor, rates: Tensor, count: Tensor) -> Any:
        def step(k: Tensor, carried: Any) -> Any:
            state, figures = carried
            state, seen = self._step(state, targets, indices[k], rates[k])
            return state, figures.at[k].set(seen)

        return jax.lax.fori_loop(0, count, step, (state, jax.numpy.zeros((MOST_STEPS, 2))))

    def _step(self, state: Any, targets: Tensor, batch: Tensor, rate: Tensor) -> Any:
        graph, optimizer = self._graph, self._graph.optimizer
        trainable, fixed, optimizing = state
        targets = ops.take(targets, batch, axis=0)
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
        return [trainable, fixed, optimizing], jax.numpy.stack([loss, accuracy(targets, logits)])
