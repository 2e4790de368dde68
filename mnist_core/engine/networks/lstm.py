"""Two layers of LSTM (Hochreiter and Schmidhuber 1997) that read the 28 rows from top to bottom."""

from keras import layers

from mnist_core.engine.networks.parts import Parts, Tensor


def body(x: Tensor, parts: Parts) -> Tensor:
    # Unrolled, it is plain matrix products everywhere. With a GPU, TensorFlow would otherwise put a cuDNN kernel into
    # the graph, which runs on no CPU and cannot be exported.
    options = {"unroll": True, **parts.weights}
    x = layers.Reshape((28, 28), dtype=parts.dtype)(x)
    x = parts.dropout(layers.LSTM(128, return_sequences=True, **options)(x))
    return parts.dropout(layers.LSTM(128, **options)(x))
