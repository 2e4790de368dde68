"""The training graph: indices → resident images → augmentation → network.

All images lie in the device's memory as uint8, and a batch is fetched by index inside the compiled step. An
input pipeline that shuffles and copies single images cost more than the network itself.
"""

from collections.abc import Callable
from typing import Any, TypeAlias

import keras
import numpy as np
import numpy.typing as npt
from keras import ops

from mnist_core.config.schema import Augmentation, TrainConfig
from mnist_core.engine.backends import table
from mnist_core.engine.backends.executor import accuracy
from mnist_core.engine.networks.averaging import member_logits
from mnist_core.engine.training.augmentation import Augment
from mnist_core.engine.training.muon import Muon

Tensor: TypeAlias = Any  # of whichever backend; Keras carries no types
Images = npt.NDArray[np.uint8]
Loss = Callable[[Tensor, Tensor], Tensor]


class Resident(keras.layers.Layer):  # type: ignore[misc] # Keras carries no types
    """(N,) int32 indices → the rows of an array with those indices, such as (N, 28, 28) uint8 images."""

    def __init__(self, array: npt.NDArray[Any]) -> None:
        super().__init__(trainable=False, dtype=str(array.dtype))
        # Not with `add_weight`: over several devices, Keras would compile a large variable's initializer on JAX.
        with keras.name_scope(self.name):
            self.array = keras.Variable(array, dtype=str(array.dtype), trainable=False, name="array")

    def call(self, indices: Tensor) -> Tensor:
        return ops.take(self.array, indices, axis=0)

    def compute_output_spec(self, indices: Tensor) -> Tensor:
        return keras.KerasTensor((*indices.shape, *self.array.shape[1:]), dtype=self.dtype)


def training_graph(
    network: keras.Model, images: npt.NDArray[np.uint8], augmentation: Augmentation, seed: int
) -> keras.Model:
    """A model from indices (N,) int32 to the logits that are trained (`member_logits`), with the network's weights."""
    indices = keras.Input((), dtype="int32", name="index")
    changed = Augment(augmentation, seed)(Resident(images)(indices))
    return keras.Model(indices, member_logits(network)(changed))


def make_optimizer(config: TrainConfig) -> keras.optimizers.Optimizer:
    """The optimizer that `config` asks for; it also keeps the norm of each variable's gradient.

    In float16 small gradients would vanish, so there the loss is scaled. With `ema_decay` it keeps an
    exponential moving average of the weights, too (Polyak and Juditsky 1992).
    """
    base, options = _kind(config)
    optimizer = recording_gradient_norms(base)(**options)
    return keras.optimizers.LossScaleOptimizer(optimizer) if config.precision == "mixed_float16" else optimizer


def bare_optimizer(config: TrainConfig) -> keras.optimizers.Optimizer:
    """The same without the gradient norms."""
    base, options = _kind(config)
    return base(**options)


def _kind(config: TrainConfig) -> tuple[type[keras.optimizers.Optimizer], dict[str, Any]]:
    """The class of the optimizer, and what it is made with."""
    options: dict[str, Any] = {"learning_rate": config.learning_rate}
    if config.ema_decay:
        options |= {"use_ema": True, "ema_momentum": config.ema_decay, "ema_overwrite_frequency": None}
    match config.optimizer:
        case "adam":
            return keras.optimizers.Adam, options
        case "adamw":
            return keras.optimizers.AdamW, options | {"weight_decay": config.weight_decay}
        case "muon":
            return Muon, options | {"momentum": config.momentum, "weight_decay": config.weight_decay}
        case "rmsprop":
            return keras.optimizers.RMSprop, options | {"momentum": config.momentum}
        case "sgd":
            return keras.optimizers.SGD, options | {"momentum": config.momentum, "nesterov": True}


def recording_gradient_norms(base: type[keras.optimizers.Optimizer]) -> type[Any]:
    """A subclass of a Keras optimizer with `gradient_norms`, a variable of one L2 norm a trainable variable.

    On every backend the gradients pass through the optimizer.
    """

    class Recording(base):  # type: ignore[misc] # a base that is chosen at run time
        def build(self, variables: list[Any]) -> None:
            super().build(variables)
            self.gradient_norms = self.add_variable((len(variables),), name="gradient_norms")

        def apply(self, grads: list[Any], trainable_variables: list[Any] | None = None) -> None:
            super().apply(grads, trainable_variables)
            norms = [ops.sqrt(ops.sum(ops.square(ops.cast(grad, "float32")))) for grad in grads]
            self.gradient_norms.assign(ops.stack(norms))

    Recording.__name__ = base.__name__
    return Recording


def inner_optimizer(graph: keras.Model) -> Any:
    """The optimizer itself, also where it is wrapped for scaling the loss."""
    return getattr(graph.optimizer, "inner_optimizer", graph.optimizer)


def gradient_norms(graph: keras.Model) -> dict[str, float]:
    """Layer → L2 norm of the last step's gradient over all of the layer's variables."""
    optimizer = inner_optimizer(graph)
    norms = ops.convert_to_numpy(optimizer.gradient_norms)
    squares: dict[str, float] = {}
    for variable, norm in zip(graph.trainable_variables, norms, strict=True):
        layer = variable.path.rpartition("/")[0]  # with the layers around it: each attention has a layer "query"
        squares[layer] = squares.get(layer, 0.0) + float(norm) ** 2
    return {layer: square**0.5 for layer, square in squares.items()}


def compile_graph(
    graph: keras.Model,
    optimizer: keras.optimizers.Optimizer,
    label_smoothing: float = 0.0,
    *,
    one: Loss | None = None,
    of: int = 1,
) -> None:
    """Targets are distributions over the classes, float32. Each member of an ensemble learns by its own loss.

    Args:
        one: the loss of one network, from targets and logits; by default the cross-entropy.
        of: of how many members the graph trains one. Its loss counts as much as it does among the others.
    """
    one = one or keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=label_smoothing)

    def loss(targets: Tensor, logits: Tensor) -> Tensor:
        if len(logits.shape) == 2:
            return one(targets, logits) / of if of > 1 else one(targets, logits)
        return sum(one(targets, logits[:, n]) for n in range(logits.shape[1])) / logits.shape[1]

    graph.compile(optimizer=optimizer, loss=loss, metrics=[accuracy], jit_compile=table.present().jit_compile)
