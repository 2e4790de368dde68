"""What most tutorials train: Flatten, Dense 512, Dense 10; Adam, batches of 64, 5 epochs, 10 % for validation."""

import keras

from mnist_core.engine.peers.arguments import arguments
from mnist_core.engine.peers.stopwatch import Stopwatch


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
    watch = Stopwatch()

    def judge() -> float:
        return float((model.predict(x_test, verbose=0).argmax(axis=1) == data.y_test).mean())

    callback = keras.callbacks.LambdaCallback(on_epoch_end=lambda *_: watch.epoch(judge))
    model.fit(
        x_train, data.y_train, epochs=data.epochs, batch_size=64, validation_split=0.1, verbose=0, callbacks=[callback]
    )
    watch.report()


if __name__ == "__main__":
    main()
