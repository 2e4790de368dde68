"""What the Keras scripts have in common: `Model.fit`, timed, each epoch judged."""

from typing import Any

import keras

from mnist_core.benchmarks.baselines.arguments import Arguments
from mnist_core.benchmarks.baselines.stopwatch import Stopwatch


def fit(model: keras.Model, data: Arguments, x_train: Any, y_train: Any, x_test: Any, batch_size: int) -> None:
    """Fit the compiled model as the articles do, 10% kept for validation, and report."""
    watch = Stopwatch()

    def judge() -> float:
        return float((model.predict(x_test, verbose=0).argmax(axis=1) == data.y_test).mean())

    model.fit(
        x_train,
        y_train,
        batch_size=batch_size,
        epochs=data.epochs,
        validation_split=0.1,
        verbose=0,
        callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=lambda *_: watch.epoch(judge))],
    )
    watch.report()
