"""What others train MNIST with, as their authors publish it, to be timed beside this program.

Each is a script of its own: `python -m mnist_core.benchmarks.baselines.NAME MNIST.npz SEED EPOCHS` prints one JSON
object, with the test accuracy after each epoch and the seconds of fitting until then. Judging the epochs is for
the report alone and is not counted as fitting.
"""
