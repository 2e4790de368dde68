"""MNIST Studio's core: everything but the pages, usable without them (`python -m mnist_core`)."""

__version__ = "0.2.0"
