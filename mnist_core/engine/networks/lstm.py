"""Two layers of LSTM (Hochreiter and Schmidhuber 1997) that read the 28 rows from top to bottom."""

from keras import layers

from mnist_core.engine.networks.parts import Parts, Tensor


def body(x: Tensor, parts: Parts) -> Tensor:
    x = layers.Reshape((28, 28), dtype=parts.dtype)(x)
    x = parts.dropout(_lstm(parts, return_sequences=True)(x))
    return parts.dropout(_lstm(parts)(x))


def _lstm(parts: Parts, *, return_sequences: bool = False) -> layers.Layer:
    # With a GPU, TensorFlow puts a cuDNN kernel into the graph of a `layers.LSTM`, which runs on no CPU and cannot be
    # exported. The same cell in a loop runs everywhere, and becomes one LSTM operator in ONNX.
    cell = layers.LSTMCell(128, **parts.weights)
    return layers.RNN(cell, return_sequences=return_sequences, dtype=parts.dtype)
