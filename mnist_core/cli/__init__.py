"""The commands of `mnist-studio`, by what they work on."""
