"""What is learned: a few drawings between replayed old digits, and the two copies of the network that learn them."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
from keras import ops
from scipy.special import softmax

from mnist_core.config import schedules
from mnist_core.config.schema import Augmentation, FineTuneConfig
from mnist_core.engine.backends import saved, table
from mnist_core.engine.fine_tuning.features import Features
from mnist_core.engine.fine_tuning.learner import Learner, OptimizerOf
from mnist_core.engine.fine_tuning.replay_buffer import ReplayBuffer
from mnist_core.engine.fine_tuning.trainable_layers import LayerwiseAdam, freeze
from mnist_core.engine.networks.averaging import member_logits, tells_digits, with_views, without_views
from mnist_core.engine.training.augmentation import Augment
from mnist_core.engine.training.plan import Plan
from mnist_core.evaluation.outputs import Outputs
from mnist_core.models.model import Model

SPACE = 1000
"""Drawings for which a graph has space that is built before they are known."""
VARIANTS = 1200
"""Augmented drawings that are made once, or more if there are many drawings; a fit that needs more takes them again."""
SEEN = 2
"""The least number of times that each drawing is learned, on average, and of its variants."""
ROUNDS = 5
"""How many times the live curve gets a validation point."""

Indices = npt.NDArray[np.integer[Any]]
Logits = npt.NDArray[np.float32]


class FineTuner:
    """The drawings and the replay buffer on the device, and two learners that share them.

    The graphs are built with an empty space for the drawings, so that they can be built before these are known. Indices
    count the drawings first and their augmented variants; after all of that space, the held-out images, the test set,
    and the replayed images.
    """

    learner: Learner
    """It learns what becomes the candidate."""
    judge: Learner
    """It learns parts of the drawings, to judge the others. It works at the same time, or it is the same one."""

    def __init__(
        self,
        config: FineTuneConfig,
        initial: Model,
        replay: ReplayBuffer,
        teacher_outputs: Callable[[], Outputs],
        space: int = SPACE,
        optimizer_of: OptimizerOf = LayerwiseAdam,
    ) -> None:
        """
        Args:
            initial: the model whose weights every fit starts from.
            teacher_outputs: gives the root model's outputs for the M replay candidates. It is called after the features
                of the held-out images, which take as long as predicting.
            space: the largest number of drawings.
            optimizer_of: makes the optimizer of each learner.

        Raises:
            InputError: `config` names a layer that the network does not have.
            UnreadableError: the file of `initial` is damaged.
        """
        self._config, self._y = config, np.zeros(0, np.uint8)
        network, self.views = _network(initial, config)
        x_test = np.zeros((0, 28, 28), np.uint8) if replay.x_test is None else replay.x_test
        new, held_out, test = space + VARIANTS + SEEN * space, len(replay.x_held_out), len(x_test)
        self.held_out = new + np.arange(held_out)
        self.test = new + held_out + np.arange(test)
        self.replayed = new + held_out + test + np.arange(replay.replayed)
        self._features = Features(member_logits(network), new + held_out + test + replay.replayed)
        unchosen = self._features.of(np.concatenate([replay.x_held_out, x_test]))
        outputs = teacher_outputs()
        self.chosen = chosen = replay.chosen(outputs.logits)
        self._features.keep(new, unchosen, self._features.of(replay.x[chosen]))
        teacher = (outputs.with_no_digit if tells_digits(network) else outputs.logits)[chosen]
        # Old digits are replayed with the root's logits as soft targets, right or wrong (Buzzega et al. 2020, "Dark
        # experience for general continual learning"). All networks of an ensemble learn the mean of their logits.
        none = np.zeros((new + held_out + test, teacher.shape[1]), np.float32)  # those of drawings follow
        self._targets = np.concatenate([none, softmax(teacher, axis=1)])
        self.learner = self.judge = Learner(network, self._features, self._targets, config, optimizer_of)
        if table.present().shares_variables:
            copy = _network(initial, config)[0]
            self.judge = Learner(copy, self._features, self._targets, config, optimizer_of)

    def take(
        self, x: npt.NDArray[np.uint8], y: npt.NDArray[np.uint8], steps: int | None = None, seed: int | None = None
    ) -> None:
        """Put the drawings (N, 28, 28), their labels (N,) and their variants into their space; N is `space` at most.

        Only the drawings have variants: there are enough old digits, and their targets are for them as they are.

        Args:
            steps, seed: those of the plan, if they are not the config's.
        """
        steps, seed = steps or self._config.steps, self._config.seed if seed is None else seed
        self._y, self._of_variant = y, _variants(y, min(steps * self.new_in_batch, VARIANTS))
        augment = Augment(augmentation(self._config.augmentation_strength), seed)
        variants = ops.convert_to_numpy(augment(x[self._of_variant], training=True))
        self._features.take(np.concatenate([x, variants]))
        labels = np.concatenate([y, y[self._of_variant]])
        self._targets[: len(labels)] = np.eye(self._targets.shape[1])[labels]
        for each in {self.learner, self.judge}:
            each.executor.set_targets(self._targets)

    def release(self) -> None:
        """Free the memory of the images. Nothing can be fitted or predicted afterwards."""
        self._features.release()

    def warm_up(self) -> None:
        """Compile what takes most of a second to compile."""
        self.take(np.zeros((2, 28, 28), np.uint8), np.arange(2, dtype=np.uint8))
        for each in {self.learner, self.judge}:
            each.warm_up(self._config.batch_size)

    @property
    def new_in_batch(self) -> int:
        """How many images of a batch, the first ones, are drawings."""
        return max(1, round(self._config.batch_size * (1 - self._config.replay)))

    def plan(self, drawings: Indices, share: float = 1.0, steps: int | None = None, seed: int | None = None) -> Plan:
        """Batches that are part drawings, balanced by digit, and part replayed digits.

        There are more steps than configured if there are so many drawings that each would hardly be seen.

        Args:
            steps: this many, however many drawings there are.
            seed: of the batches; by default it is the config's.
        """
        config, count_new = self._config, self.new_in_batch
        steps = steps or max(1, round(share * config.steps), SEEN * len(drawings) // count_new)
        random = np.random.default_rng(config.seed if seed is None else seed)
        new = self._balanced(drawings, steps * count_new, random)
        old = random.choice(self.replayed, size=(steps, config.batch_size - count_new))

        def batch(step: int) -> npt.NDArray[np.integer]:
            return np.concatenate([new[step * count_new :][:count_new], old[step]]).astype(np.int32)

        def learning_rate(step: int) -> float:
            return config.learning_rate * schedules.factor("one-cycle", step / max(1, steps - 1))

        return Plan(steps, max(1, steps // ROUNDS), batch, learning_rate, keep_best=False)

    def _balanced(self, drawings: Indices, count: int, random: np.random.Generator) -> Indices:
        """The indices of `count` variants in random order: as many of each digit, and of each drawing of a digit."""
        new = []
        digits = np.unique(self._y[drawings])
        for digit, share in zip(digits, np.array_split(np.arange(count), len(digits)), strict=True):
            own = np.nonzero(np.isin(self._of_variant, drawings[self._y[drawings] == digit]))[0]
            # The first variants of all drawings, then the second ones, and so on.
            nth = [np.count_nonzero(self._of_variant[:each] == self._of_variant[each]) for each in own]
            new.append(np.resize(own[np.lexsort((random.random(len(own)), nth))], len(share)))
        return len(self._y) + random.permutation(np.concatenate(new))

    @property
    def is_whole(self) -> bool:
        """Whether the learner's graph gives the candidate's outputs: not with test-time views, nor for an ensemble."""
        return self.views == 1 and self.learner.is_whole

    def with_test_time_views(self) -> keras.Model:
        """The network with its current weights and the test-time views that it was given with."""
        network = self.learner.network
        return with_views(network, self.views) if self.views > 1 else network


def _network(initial: Model, config: FineTuneConfig) -> tuple[keras.Model, int]:
    """The model's network, partly frozen and without test-time views, and the number of its views."""
    keras.utils.set_random_seed(config.seed)  # a layer of dropout draws its own seed when it is loaded
    network, views = without_views(saved.network_of(initial))
    freeze(network, config.trainable, config.frozen)
    return network, views


def _variants(labels: npt.NDArray[np.uint8], count: int) -> Indices:
    """For each variant the index of its drawing: about `count` in all, equally many of each digit.

    A digit of many drawings has more, so that each of its drawings has `SEEN`.
    """
    of_digits = [np.nonzero(labels == digit)[0] for digit in np.unique(labels)]
    share = -(-count // len(of_digits))
    return np.concatenate([np.resize(drawings, max(share, SEEN * len(drawings))) for drawings in of_digits])


def augmentation(strength: float) -> Augmentation:
    """The augmentation of the drawings. It is strong, because a few drawings must stand for all of a person's."""
    return Augmentation(
        rotation=12 * strength,
        shift=1.5 * strength,
        zoom=0.15 * strength,
        shear=0.2 * strength,
        elastic=0.8 * strength,
        stroke_width=0.3 * strength,
    )
