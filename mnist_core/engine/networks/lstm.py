"""Two layers of LSTM (Hochreiter and Schmidhuber 1997) that read the 28 rows from top to bottom."""

from keras import layers

from mnist_core.engine.networks.parts import Parts, Tensor


def body(x: Tensor, parts: Parts) -> Tensor:
    x = layers.Reshape((28, 28), dtype=parts.dtype)(x)
    x = _lstm(parts)(parts.dropout(_lstm(parts)(x)))
    # The outputs after all rows, not only after the last one: the network need not remember the top until the bottom.
    return parts.dropout(layers.Flatten(dtype=parts.dtype)(x))


def _lstm(parts: Parts) -> layers.Layer:
    # With a GPU, TensorFlow puts a cuDNN kernel into the graph of a `layers.LSTM`, which runs on no CPU and cannot be
    # exported. The same cell in a loop runs everywhere, and becomes one LSTM operator in ONNX.
    return layers.RNN(layers.LSTMCell(128, **parts.weights), return_sequences=True, dtype=parts.dtype)
