"""Distillation: a network learns the labels and the probabilities that a teacher predicts (Hinton et al. 2015).

The teacher is a part of the training graph and sees the same augmented images as the student. So the loop and the
executors of every other training apply. `keras.distillation.Distiller` has a training step of its own, which they
cannot use. By default its `LogitsDistillation` (Keras 3.15) compares logits as if they were probabilities. With
`KLDivergence`, it cuts small probabilities off, so a student that is far from its teacher has no gradient. The
cross-entropy from logits has the same gradient otherwise.
"""

from typing import Any, TypeAlias

import keras
from keras import ops

from mnist_core.config.schema import Augmentation
from mnist_core.engine.networks.averaging import NoDigit, member_logits
from mnist_core.engine.training.augmentation import Augment
from mnist_core.engine.training.graph import Images, Resident, compile_graph

TEMPERATURE = 2.0
"""Softens the probabilities of both, so that the small ones count: they tell which digits resemble each other."""
LABELS = 0.1
"""The share of the labels in the loss. The rest is the teacher's."""

Tensor: TypeAlias = Any  # of whichever backend; Keras carries no types


def taught_graph(
    network: keras.Model, teacher: keras.Model, images: Images, augmentation: Augmentation, seed: int
) -> keras.Model:
    """`training_graph` with twice as many logits: the network's, then the teacher's for the same augmented images."""
    indices = keras.Input((), dtype="int32", name="index")
    changed = Augment(augmentation, seed)(Resident(images)(indices))
    return keras.Model(indices, BesideTeacher(teacher)([member_logits(network)(changed), changed]))


def compile_taught(graph: keras.Model, optimizer: keras.optimizers.Optimizer) -> None:
    """Compile a taught graph: the loss is the student's distance from the labels and from the teacher."""
    cross_entropy = keras.losses.CategoricalCrossentropy(from_logits=True)

    def loss(targets: Tensor, logits: Tensor) -> Tensor:
        own, taught = ops.split(logits, 2, axis=-1)
        soft = cross_entropy(ops.softmax(taught / TEMPERATURE), own / TEMPERATURE)
        return LABELS * cross_entropy(targets, own) + (1 - LABELS) * TEMPERATURE**2 * soft

    compile_graph(graph, optimizer, one=loss)


class BesideTeacher(keras.layers.Layer):  # type: ignore[misc] # Keras carries no types
    """Logits (N, K) or (N, M, K) of M members, and images → the same logits followed by the teacher's: (…, 2 K)."""

    def __init__(self, teacher: keras.Model) -> None:
        super().__init__(trainable=False)
        self.teacher = teacher
        teacher.trainable = False

    def call(self, inputs: list[Tensor]) -> Tensor:
        own, images = inputs
        outputs = keras.tree.flatten(self.teacher(images, training=False))
        logits = ops.stop_gradient(NoDigit()(outputs) if len(outputs) > 1 else outputs[0])
        if len(own.shape) == 3:
            logits = ops.repeat(logits[:, None], own.shape[1], axis=1)
        return ops.concatenate([own, logits], axis=-1)
