"""Fine-tuning as most tutorials do it: the drawings alone, Adam, everything trainable, a few epochs of `Model.fit`."""

from pathlib import Path

import keras
import numpy as np
import numpy.typing as npt

EPOCHS, BATCH = 20, 32


def tune(model: Path, x: npt.NDArray[np.uint8], y: npt.NDArray[np.uint8]) -> keras.Model:
    """The tuned network, images → logits, from a .keras file, drawings (N, 28, 28) and their labels (N,)."""
    saved = keras.models.load_model(model, compile=False)
    network = keras.Model(saved.inputs, saved.outputs[0])  # without the score of a network that has one
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    network.compile(optimizer=keras.optimizers.Adam(1e-3), loss=loss, jit_compile=False)
    network.fit(x, y, batch_size=BATCH, epochs=EPOCHS, verbose=0)
    return network
