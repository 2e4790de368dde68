"""MNIST Studio's core: everything but the pages, usable without them (`python -m mnist_core`)."""

import os

__version__ = "0.2.0"

# Set before ONNX Runtime is first imported, which would otherwise write a device id into the person's home folder and
# send events to its maker.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
