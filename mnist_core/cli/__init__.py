"""The commands of `python -m mnist_core`, by what they work on."""
