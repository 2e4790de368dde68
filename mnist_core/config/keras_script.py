"""A training as a Keras script that stands alone, to read and to go on with elsewhere.

The script is text, so the app can make it.
"""

from mnist_core.config.keras_network import network_code
from mnist_core.config.schema import TrainConfig

MUON = '''
class Muon(keras.optimizers.Muon):
    """Muon for convolutions as well: their filters are matrices, (places × channels, filters)."""

    def _should_use_adamw(self, variable):
        shape = variable.shape
        if len(shape) < 2 or shape[-1] == 10:  # biases, normalization, and the layer of the logits
            return True
        return min(int(np.prod(shape[:-1])), shape[-1]) > 256

    def zeropower_via_newtonschulz5(self, x, steps):
        matrix = keras.ops.reshape(x, (-1, x.shape[-1]))
        orthogonal = super().zeropower_via_newtonschulz5(matrix, steps)
        return keras.ops.reshape(orthogonal, x.shape) * 3 * max(matrix.shape) ** 0.5

'''
SCHEDULES = {
    "constant": "{rate:g}",
    "cosine": "keras.optimizers.schedules.CosineDecay({rate:g}, STEPS)",
    "one-cycle": (
        "keras.optimizers.schedules.CosineDecay(\n"
        "    {first:g}, int(0.75 * STEPS), warmup_target={rate:g}, warmup_steps=int(0.25 * STEPS)\n)"
    ),
    "exponential": "keras.optimizers.schedules.ExponentialDecay({rate:g}, STEPS, 0.01)",
    "step": (
        "keras.optimizers.schedules.PiecewiseConstantDecay(\n"
        "    [STEPS // 2, 3 * STEPS // 4], [{rate:g}, {rate:g} / 10, {rate:g} / 100]\n)"
    ),
}
OPTIMIZERS = {
    "adam": "keras.optimizers.Adam(learning_rate)",
    "adamw": "keras.optimizers.AdamW(learning_rate, weight_decay={weight_decay:g})",
    "muon": (
        "Muon(\n    learning_rate, momentum={momentum:g}, weight_decay={decay}, adam_weight_decay={decay}, "
        "rms_rate=None\n)"
    ),
    "rmsprop": "keras.optimizers.RMSprop(learning_rate, momentum={momentum:g})",
    "sgd": "keras.optimizers.SGD(learning_rate, momentum={momentum:g}, nesterov=True)",
}


def keras_script(config: TrainConfig) -> str:
    """The script. Its first comment says what it leaves out of the training."""
    sections = [
        _head(config),
        _data(config),
        network_code(config),
        *([MUON] if config.optimizer == "muon" else []),
        _training(config),
    ]
    script = "\n\n\n".join(section.strip("\n") for section in sections) + "\n"
    needed = [name for name in ("initializers", "regularizers") if f"{name}." in script]
    return script.replace("from keras import layers", f"from keras import {', '.join(sorted(['layers', *needed]))}")


def left_out(config: TrainConfig) -> list[str]:
    """What the script does not do."""
    augmentation = {"shear": config.shear, "elastic": config.elastic, "stroke_width": config.stroke_width}
    changes = [name for name, amount in augmentation.items() if amount]
    conditions = {
        "The epoch with the best validation loss is not chosen: the last weights stay.": not config.early_stopping,
        f"Augmentation by {', '.join(changes)}.": bool(changes),
        "augmentation_probability: every image is changed.": config.augmentation_probability < 1,
        "The moving average of the weights (ema_decay).": bool(config.ema_decay),
        "Images that are not digits (outliers), and the output that refuses them.": config.learns_outliers,
        "The synthetic digits.": bool(config.synthetic_samples),
        "The file of drawings.": bool(config.drawings),
        f"The ensemble: one network is trained, not {config.ensemble_size}.": config.ensemble_size > 1,
        "The views that are averaged at each prediction.": config.test_time_views > 1,
        "The model that provides the initial weights: they are random.": bool(config.start_from),
        f"The data set {config.dataset}: without a file, MNIST is loaded.": config.dataset != "mnist",
        "Swapping rows and columns of the images.": config.turn_images,
        "The calibration of the probabilities.": True,
    }
    return [said for said, holds in conditions.items() if holds]


def _head(config: TrainConfig) -> str:
    left = "\n".join(f"- {each}" for each in left_out(config))
    precision = f'keras.config.set_dtype_policy("{config.precision}")\n' if config.precision != "float32" else ""
    return f'''
"""Train the {config.architecture} network on MNIST: python train.py [mnist.npz]

Made from the settings of a training of MNIST Studio. This script leaves out:
{left}
"""

import sys

import keras
import numpy as np
from keras import layers

EPOCHS = {config.epochs}
BATCH_SIZE = {config.batch_size}

keras.utils.set_random_seed({config.seed})
{precision}'''


def _data(config: TrainConfig) -> str:
    subset = f"\ntrain = train[:{config.train_subset}]" if config.train_subset else ""
    return f"""
# Data: images (N, 28, 28), labels 0 to 9. {config.validation_share:.0%} of the training images validate each epoch.
if len(sys.argv) > 1:
    arrays = np.load(sys.argv[1])
    images, labels, x_test, y_test = (arrays[name] for name in ("x_train", "y_train", "x_test", "y_test"))
else:
    (images, labels), (x_test, y_test) = keras.datasets.mnist.load_data()
order = np.random.default_rng({config.seed}).permutation(len(images))
validation, train = np.split(order, [int({config.validation_share:g} * len(images))]){subset}
STEPS = EPOCHS * -(-len(train) // BATCH_SIZE)
"""


def _training(config: TrainConfig) -> str:
    rate = SCHEDULES[config.schedule].format(rate=config.learning_rate, first=0.04 * config.learning_rate)
    decay = f"{config.weight_decay:g}" if config.weight_decay else "None"
    optimizer = OPTIMIZERS[config.optimizer].format(
        momentum=config.momentum, weight_decay=config.weight_decay, decay=decay
    )
    smoothed = f"from_logits=True, label_smoothing={config.label_smoothing:g}"
    loss = (
        f"keras.losses.CategoricalCrossentropy({smoothed})"
        if config.label_smoothing
        else "keras.losses.SparseCategoricalCrossentropy(from_logits=True)"
    )
    one_hot = (
        "labels, y_test = (keras.utils.to_categorical(each, 10) for each in (labels, y_test))\n"
        if config.label_smoothing
        else ""
    )
    stopping = (
        f"\n    callbacks=[keras.callbacks.EarlyStopping(patience={config.early_stopping}, restore_best_weights=True)],"
        if config.early_stopping
        else ""
    )
    return f'''
# Training
learning_rate = {rate}
optimizer = {optimizer}
{one_hot}model.compile(
    optimizer=optimizer,
    loss={loss},
    metrics=["accuracy"],
)
model.fit(
    images[train],
    labels[train],
    batch_size=BATCH_SIZE,
    epochs=EPOCHS,
    validation_data=(images[validation], labels[validation]),{stopping}
)

loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
print(f"Test accuracy: {{accuracy:.2%}}")
model.save("{config.architecture}.keras")
'''
