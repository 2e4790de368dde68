"""What most tutorials train: Flatten, Dense 512, Dense 10; Adam, batches of 64, 5 epochs, 10% for validation."""

import keras

from mnist_core.benchmarks.baselines.arguments import arguments
from mnist_core.benchmarks.baselines.keras_fit import fit


def main() -> None:
    data = arguments()
    keras.utils.set_random_seed(data.seed)
    x_train, x_test = data.x_train / 255.0, data.x_test / 255.0
    model = keras.Sequential(
        [
            keras.layers.Flatten(input_shape=(28, 28)),
            keras.layers.Dense(512, activation="relu"),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    fit(model, data, x_train, data.y_train, x_test, batch_size=64)


if __name__ == "__main__":
    main()
