"""What is said about the figures of the points."""

from pathlib import Path

from mnist_core.engine.compression.measuring import Candidate, Measured, little_smaller
from mnist_core.evaluation.compression import CompressionStep
from tests.evaluation.points import INT8, point, pruned


def _measured(*steps: CompressionStep, size: int) -> Measured:
    return Measured(Candidate(steps, Path(), 1, 1), point(*steps, bytes=size), 0.0)


def test_an_int8_form_that_saves_little_is_said() -> None:
    """As of a recurrent network. Each is compared with what it was made from."""
    base, thin = _measured(size=1000), _measured(pruned(0.5), size=400)
    good, bad = _measured(INT8, size=300), _measured(pruned(0.5), INT8, size=300)
    assert little_smaller([base, good, thin, bad]) == [
        "The model sparse50-int8 has 75% of its size without int8, because few layers of this network can be in int8."
    ]
