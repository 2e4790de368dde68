"""A network that learns a few drawings between replayed old digits: its fits, each from the same start."""

from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
from keras import ops

from mnist_core import schedules
from mnist_core.config import Augmentation, FineTuneConfig
from mnist_core.engine import health
from mnist_core.engine.averaging import heads, with_views, without_views
from mnist_core.engine.executor import executor_of
from mnist_core.engine.graph import compile_graph, recording_gradient_norms, training_graph
from mnist_core.engine.loop import Control, Diverged
from mnist_core.engine.memory import Memory
from mnist_core.engine.plan import Plan
from mnist_core.errors import InputError
from mnist_core.registry import Model

STEPS_AT_ONCE = 10
SEEN = 2
"""How often each drawing is learned, on average, at least."""
ROUNDS = 5
"""How many times the live curve gets a validation point."""

Weights = list[npt.NDArray[np.float32]]
Indices = npt.NDArray[np.integer[Any]]
Logits = npt.NDArray[np.float32]


class Tuner:
    """The drawings and the memory on the device, the compiled graph, and the fits that share them.

    Indices count the drawings first, then the replayed digits, then those that are only looked at.
    """

    def __init__(
        self,
        config: FineTuneConfig,
        start: Model,
        x: npt.NDArray[np.uint8],
        y: npt.NDArray[np.uint8],
        memory: Memory,
    ) -> None:
        """
        Args:
            start: the model whose weights every fit starts from.
            x: the drawings, (N, 28, 28).
            y: their labels, (N,).

        Raises:
            InputError: `config` names a layer that the network does not have.
        """
        self._config, self._y = config, y
        self.network, self.views = without_views(keras.models.load_model(start.keras, compile=False))
        freeze(self.network, config.trainable, config.frozen)
        images = np.concatenate([x, memory.x, memory.x_kept])
        self.replayed = len(x) + np.arange(len(memory.x))
        self.kept = len(x) + len(memory.x) + np.arange(len(memory.x_kept))
        targets = np.eye(10, dtype=np.float32)[np.concatenate([y, memory.y, memory.y_kept])]
        # Only the drawings are varied: of old digits there are enough, and they shall stay as they were.
        self.graph = training_graph(
            self.network, images, variation(config.variation), config.seed, augment_below=len(x)
        )
        optimizer = LayerwiseAdam(layer_shares(self.network, config.layer_decay), learning_rate=config.learning_rate)
        compile_graph(self.graph, optimizer)
        optimizer.build(self.graph.trainable_variables)
        self.executor = executor_of(self.graph, targets)
        self.start_weights: Weights = self.network.get_weights()

    def begin(self) -> None:
        """Back to the start's weights, with an optimizer that remembers nothing."""
        self.network.set_weights(self.start_weights)
        for variable in self.graph.optimizer.variables:
            variable.assign(np.zeros(variable.shape))

    def fit(self, drawings: Indices, control: Control, share: float = 1.0) -> Weights:
        """Learn these drawings, without a curve, in a share of the usual steps if they are a share of the usual ones.

        Raises:
            Stop, Discard, Interrupted: as `Control.check` does.
            Diverged: the loss is no finite number.
        """
        self.begin()
        plan = self.plan(drawings, share)
        for first in range(0, plan.total_steps, STEPS_AT_ONCE):
            control.check()
            figures = self.executor.train(*plan.steps(first, min(STEPS_AT_ONCE, plan.total_steps - first)))
            if not np.isfinite(figures.loss).all():
                raise Diverged(health.NOT_FINITE)
        return list(self.network.get_weights())

    def plan(self, drawings: Indices, share: float = 1.0) -> Plan:
        """Batches that are part drawings, balanced by digit, and part replayed digits.

        There are more steps than asked for where the drawings are so many that they would hardly be seen.
        """
        config = self._config
        by_digit = [drawings[self._y[drawings] == digit] for digit in np.unique(self._y[drawings])]
        count_new = max(1, round(config.batch_size * (1 - config.replay)))
        steps = max(1, round(share * config.steps), SEEN * len(drawings) // count_new)

        def batch(step: int) -> npt.NDArray[np.integer]:
            random = np.random.default_rng((config.seed, step))
            digits = random.integers(len(by_digit), size=count_new)
            new = [random.choice(by_digit[digit]) for digit in digits]
            old = random.choice(self.replayed, size=config.batch_size - count_new)
            return np.concatenate([new, old]).astype(np.int32)

        def learning_rate(step: int) -> float:
            return config.learning_rate * schedules.factor("one-cycle", step / max(1, steps - 1))

        return Plan(steps, max(1, steps // ROUNDS), batch, learning_rate, keep_best=False)

    def go(self, weights: Weights, alpha: float) -> None:
        """Set the weights that lie at `alpha` of the way from the start to `weights`."""
        self.network.set_weights(interpolate(self.start_weights, weights, alpha))

    def as_started(self) -> keras.Model:
        """The network with the present weights, in the form in which it was given: with its views."""
        return with_views(self.network, self.views) if self.views > 1 else self.network


def variation(strength: float) -> Augmentation:
    """How the drawings are varied. Strongly: nobody writes a digit twice alike, and a few must stand for all."""
    return Augmentation(
        rotation=12 * strength,
        shift=1.5 * strength,
        zoom=0.15 * strength,
        shear=0.2 * strength,
        elastic=0.8 * strength,
        stroke_width=0.3 * strength,
    )


def interpolate(start: Weights, tuned: Weights, alpha: float) -> Weights:
    """The weights at `alpha` of the way from `start` (0) to `tuned` (1)."""
    return [a + alpha * (b - a) for a, b in zip(start, tuned, strict=True)]


def freeze(network: keras.Model, trainable: str, names: str = "") -> None:
    """Freeze batch normalisation always, all but the last layers where that was asked for, and the named layers.

    Args:
        names: layers' names, separated by commas.

    Raises:
        InputError: there is no layer of that name, or nothing would be left to train.
    """
    layers = [layer for layer in _leaves(network) if layer.weights]
    kept = {"everything": len(layers), "last half": -(-len(layers) // 2), "head": heads(network)}[trainable]
    named = {name.strip() for name in names.split(",") if name.strip()}
    known = [layer.name for layer in layers]
    if unknown := named - set(known):
        raise InputError(f"frozen: there is no layer {sorted(unknown)[0]!r}. This network has: {', '.join(known)}.")
    for number, layer in enumerate(layers):
        if isinstance(layer, keras.layers.BatchNormalization) or number < len(layers) - kept or layer.name in named:
            layer.trainable = False
    if not network.trainable_weights:
        raise InputError("Nothing is left that may change: name fewer frozen layers, or let more of them be trained.")


def _leaves(network: keras.Model) -> Iterator[keras.layers.Layer]:
    """The layers in their order, those of networks within the network included."""
    for layer in network.layers:
        if isinstance(layer, keras.Model):
            yield from _leaves(layer)
        else:
            yield layer


def layer_shares(network: keras.Model, decay: float) -> dict[str, float]:
    """Variable → its share of the learning rate: 1 in the last layer, `decay` in the one before, `decay`² …

    Layers are counted in their order, side by side those of an ensemble's members too, so with them the rates fall
    more slowly. Discriminative fine-tuning, Howard and Ruder 2018.
    """
    layers = [layer for layer in _leaves(network) if layer.trainable_weights]
    return {
        variable.path: decay**before_last
        for before_last, layer in enumerate(reversed(layers))
        for variable in layer.trainable_weights
    }


class LayerwiseAdam(recording_gradient_norms(keras.optimizers.Adam)):  # type: ignore[misc] # Keras carries no types
    """Adam, each of whose steps is cut to a share of its own for each variable."""

    def __init__(self, shares: dict[str, float], learning_rate: float) -> None:
        super().__init__(learning_rate=learning_rate)
        self._shares = shares

    def apply(self, grads: list[Any], trainable_variables: list[Any] | None = None) -> None:
        # Afterwards, and not within Adam's own step, which is another function on each backend.
        variables = trainable_variables or self._trainable_variables
        slowed = [each for each in variables if self._shares[each.path] != 1]
        before = [ops.copy(variable) for variable in slowed]
        super().apply(grads, trainable_variables)
        for variable, old in zip(slowed, before, strict=True):
            variable.assign(old + self._shares[variable.path] * (variable - old))
