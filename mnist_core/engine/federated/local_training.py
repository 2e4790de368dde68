"""What a client does with its drawings: it fine-tunes the common weights, replays public digits, and counts.

The pieces are those of an ordinary fine-tuning. Only the layers that learn travel; the others are the same everywhere.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
from keras import ops

from mnist_core.common.errors import StudioError
from mnist_core.common.language import _
from mnist_core.common.workspace import Workspace
from mnist_core.config.federated import FederateConfig
from mnist_core.engine.backends.executor import predict_all
from mnist_core.engine.control import Control
from mnist_core.engine.federated.clients import Client
from mnist_core.engine.federated.proximal import ProximalAdam
from mnist_core.engine.fine_tuning import fine_tuning_set, replay_buffer
from mnist_core.engine.fine_tuning.fine_tuner import FineTuner
from mnist_core.engine.fine_tuning.learner import Weights
from mnist_core.engine.fine_tuning.trainable_layers import LayerwiseAdam
from mnist_core.engine.training.health import NOT_FINITE
from mnist_core.engine.training.loop import Diverged
from mnist_core.evaluation.predictions import Predictions
from mnist_core.models.model import Model
from mnist_core.models.predictor import Predictor


class LocalTraining:
    """A network with the replay buffer, for one client after the other."""

    def __init__(
        self, config: FederateConfig, workspace: Workspace, base: Model, clients: Sequence[Client], control: Control
    ) -> None:
        """
        Args:
            clients: those whose drawings are here; none on a server.
        """
        self._config, self._control = config, control
        root = fine_tuning_set.root(workspace, base)
        replay = replay_buffer.fill(workspace, root, config.seed)
        # The clients' held-out drawings are where a fine-tuning has the test set: predicted, never learned.
        self.replay = replace(
            replay,
            x_test=np.concatenate([np.zeros((0, 28, 28), np.uint8), *(each.x_held_out for each in clients)]),
            y_test=np.concatenate([np.zeros(0, np.uint8), *(each.y_held_out for each in clients)]),
        )
        self.contents = frozenset(content for each in clients for content in each.contents)
        """The hashes of the drawings that the clients of this process learn."""
        self.mnist_test = (replay.x_test, replay.y_test)
        self.tuner = FineTuner(
            config.fine_tuning,
            base,
            self.replay,
            lambda: Predictor.of(root, threads=0).outputs(replay.x),
            max(1, sum(len(each.x) for each in clients)),
            partial(ProximalAdam, mu=config.proximal_mu) if config.proximal_mu else LayerwiseAdam,
        )
        learner = self.tuner.learner
        self._learned = learner.network.trainable_weights
        self.initial: Weights = self._present
        ends = np.cumsum([len(each.y_held_out) for each in clients], dtype=int)
        self._held_out = dict(zip((each.name for each in clients), np.split(self.tuner.test, ends), strict=False))

    @property
    def _present(self) -> Weights:
        return [ops.convert_to_numpy(each) for each in self._learned]

    def go(self, weights: Weights) -> None:
        """Let the network have these weights of the layers that learn."""
        for variable, value in zip(self._learned, weights, strict=True):
            variable.assign(value)

    def fit(
        self, weights: Weights, x: npt.NDArray[np.uint8], y: npt.NDArray[np.uint8], epochs: float, seed: int
    ) -> Weights:
        """Learn these drawings (N, 28, 28) with their labels (N,), and return the weights.

        Raises:
            Stop, Discard, Interrupted: as `Control.check` does.
            StudioError: the training diverged.
        """
        steps = max(1, round(epochs * len(x) / self.tuner.new_in_batch))
        learner = self.tuner.learner
        self.tuner.take(x, y, steps, seed)

        def begin() -> None:
            learner.begin()
            self.go(weights)
            optimizer: Any = learner.trainable.graph.optimizer
            if isinstance(optimizer, ProximalAdam):
                optimizer.anchor(learner.trainable.graph.trainable_variables)

        try:
            learner.fit(self.tuner.plan(np.arange(len(x)), steps=steps, seed=seed), self._control, begin)
        except Diverged:
            raise StudioError(_(NOT_FINITE)) from None
        return self._present

    def right(self, weights: Weights, client: Client) -> int:
        """How many of the client's held-out drawings are predicted correctly with these weights."""
        self.go(weights)
        logits = predict_all(self.tuner.learner.executor, self._held_out[client.name])
        return int((logits.argmax(axis=1) == client.y_held_out).sum())

    def validation(self, weights: Weights) -> Predictions:
        """What is predicted for the replay buffer's held-out images with these weights."""
        self.go(weights)
        return Predictions(predict_all(self.tuner.learner.executor, self.tuner.held_out), self.replay.y_held_out)

    @property
    def digest(self) -> str:
        """The hash of all weights of the network as it was given, frozen ones included."""
        found = hashlib.sha256()
        for each in self.tuner.learner.initial_weights:
            found.update(f"{each.shape}{each.dtype}".encode() + np.ascontiguousarray(each).tobytes())
        return found.hexdigest()

    def network(self, weights: Weights) -> keras.Model:
        """The whole network with these weights and the model's test-time views."""
        self.go(weights)
        return self.tuner.with_test_time_views()
