"""How many drawings a fine-tuning needs, and how many make a good start."""

from collections.abc import Sequence

FEWEST = 2
"""A fine-tuning needs at least this many drawings."""
WANTED = 5
"""This many drawings of each digit make a balanced set to begin with."""


def lacking(counts: Sequence[int]) -> dict[int, int]:
    """Digit → how many more drawings of it would balance the set; empty if the set is balanced.

    A digit lacks drawings if it has fewer than half as many as the most frequent one. More than `WANTED` of a digit do
    not count.

    Args:
        counts: the number of drawings of each digit.
    """
    most = min(max(counts, default=0), WANTED)
    return {digit: most - count for digit, count in enumerate(counts) if 2 * count < most}
