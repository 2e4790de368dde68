"""The drawings of a fine-tuning, each by the sha256 of its content."""

from mnist_core.common.records import Record


class Learned(Record):
    """Which drawings a model has learned."""

    learned: frozenset[str] = frozenset()
    left_out: frozenset[str] = frozenset()
    """Not learned, because of a label issue."""
