"""One copy of the network that is tuned: its compiled graph, and fits that all start from the same weights."""

from collections.abc import Callable

import keras
import numpy as np
import numpy.typing as npt
from keras import ops

from mnist_core.config.schema import FineTuneConfig
from mnist_core.engine.backends.executor import PREDICT_BATCH, Floats
from mnist_core.engine.backends.table import executor_of
from mnist_core.engine.control import Control
from mnist_core.engine.fine_tuning.features import Features
from mnist_core.engine.fine_tuning.trainable_layers import LayerwiseAdam, layer_shares
from mnist_core.engine.networks.averaging import member_logits
from mnist_core.engine.training import checkpoints, health
from mnist_core.engine.training.graph import compile_graph
from mnist_core.engine.training.loop import Diverged, Trainable
from mnist_core.engine.training.plan import Plan
from mnist_core.evaluation.outputs import Outputs

STEPS_AT_ONCE = 10

Weights = list[npt.NDArray[np.float32]]
OptimizerOf = Callable[[dict[str, float], float], LayerwiseAdam]
"""The shares of `layer_shares` and a learning rate → an optimizer."""


class Learner:
    """Learns by a plan, from indices of images whose features and targets other learners may share."""

    def __init__(
        self,
        network: keras.Model,
        features: Features,
        targets: Floats,
        config: FineTuneConfig,
        optimizer_of: OptimizerOf = LayerwiseAdam,
    ) -> None:
        """
        Args:
            network: with the initial weights. What is not to learn is frozen.
            features: of the images that the indices count.
            targets: a distribution for each index.
        """
        self.network = network
        graph = features.graph(member_logits(network))
        optimizer = optimizer_of(layer_shares(network, config.layer_decay), config.learning_rate)
        compile_graph(graph, optimizer)
        optimizer.build(graph.trainable_variables)
        self.executor = executor_of(graph, targets)
        self.trainable = Trainable(network, graph, self.executor)
        self.initial_weights: Weights = network.get_weights()
        self._start = [(each, ops.convert_to_numpy(each)) for each in checkpoints.changing(graph)]

    def warm_up(self, batch_size: int) -> None:
        """Compile the training step and the prediction, which takes most of a second."""
        one = np.zeros(1, np.int32)
        self.executor.train(np.resize(one, (1, batch_size)), np.zeros(1, np.float32))
        self.executor.predict(one)
        self.begin()

    def begin(self) -> None:
        """Reset the weights to the initial ones, the optimizer's state, and the random generators."""
        for variable, value in self._start:
            variable.assign(value)

    def fit(self, plan: Plan, control: Control, begin: Callable[[], None] | None = None) -> Weights:
        """Learn without a curve.

        Args:
            begin: sets the weights to begin with; by default these are the initial ones.

        Raises:
            Stop, Discard, Interrupted: as `Control.check` does.
            Diverged: the loss is not a finite number.
        """
        (begin or self.begin)()
        for first in range(0, plan.total_steps, STEPS_AT_ONCE):
            control.check()
            figures = self.executor.train(*plan.steps(first, min(STEPS_AT_ONCE, plan.total_steps - first)))
            if not np.isfinite(figures.loss).all():
                raise Diverged(health.NOT_FINITE)
        return list(self.network.get_weights())

    def go(self, weights: Weights, alpha: float) -> None:
        """Interpolate between the initial weights (alpha 0) and `weights` (alpha 1)."""
        self.network.set_weights(interpolate(self.initial_weights, weights, alpha))

    @property
    def is_whole(self) -> bool:
        """Whether the graph gives the network's outputs. It does not for an ensemble."""
        return len(self.trainable.graph.outputs[0].shape) == 2

    def outputs(self, indices: npt.NDArray[np.integer]) -> Outputs:
        """The outputs for these images by the present weights, if the graph `is_whole`."""
        batches = [indices[first : first + PREDICT_BATCH] for first in range(0, len(indices), PREDICT_BATCH)]
        return Outputs.of(np.concatenate([self.executor.predict(batch.astype(np.int32)) for batch in batches]))


def interpolate(initial: Weights, tuned: Weights, alpha: float) -> Weights:
    """The weights between `initial` (alpha 0) and `tuned` (alpha 1)."""
    return [a + alpha * (b - a) for a, b in zip(initial, tuned, strict=True)]
