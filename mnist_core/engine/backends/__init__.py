"""What compiles and runs a training graph on each backend."""
