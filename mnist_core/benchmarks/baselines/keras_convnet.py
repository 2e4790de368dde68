"""Keras' own example, "Simple MNIST convnet": two convolutions, dropout; Adam, batches of 128, 15 epochs."""

import keras
import numpy as np

from mnist_core.benchmarks.baselines.arguments import arguments
from mnist_core.benchmarks.baselines.keras_fit import fit


def main() -> None:
    data = arguments()
    keras.utils.set_random_seed(data.seed)
    x_train = np.expand_dims(data.x_train.astype("float32") / 255, -1)
    x_test = np.expand_dims(data.x_test.astype("float32") / 255, -1)
    y_train = keras.utils.to_categorical(data.y_train, 10)
    model = keras.Sequential(
        [
            keras.Input(shape=(28, 28, 1)),
            keras.layers.Conv2D(32, kernel_size=(3, 3), activation="relu"),
            keras.layers.MaxPooling2D(pool_size=(2, 2)),
            keras.layers.Conv2D(64, kernel_size=(3, 3), activation="relu"),
            keras.layers.MaxPooling2D(pool_size=(2, 2)),
            keras.layers.Flatten(),
            keras.layers.Dropout(0.5),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(loss="categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
    fit(model, data, x_train, y_train, x_test, batch_size=128)


if __name__ == "__main__":
    main()
