"""MNIST and other data sets, and how their images are changed."""
