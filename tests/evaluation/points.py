"""Points of a compression that nobody has measured."""

from typing import Any

from mnist_core.evaluation.compression import CompressedPoint, CompressionStep, Score, key_of

INT8 = CompressionStep(kind="int8")
TINY = CompressionStep(kind="distilled", architecture="tiny")


def pruned(share: float) -> CompressionStep:
    return CompressionStep(kind="pruned", share=share)


def point(*steps: CompressionStep, right: int = 4980, **figures: Any) -> CompressedPoint:
    """A point with these steps that predicts so many of 5,000 validation images correctly."""
    given: dict[str, Any] = {
        "parameters": 1000, "nonzero": 1000, "bytes": 400_000, "zipped": 360_000, "milliseconds": 0.2,
        "validation": Score(right=right, count=5000), "refused": 0.98,
    }  # fmt: skip
    return CompressedPoint(key=key_of(steps), steps=steps, **given | figures)


BASE = point()
POINTS = (
    BASE,
    point(INT8, right=4979, bytes=108_000, zipped=90_000, milliseconds=0.1),
    point(pruned(0.8), right=4970, nonzero=210, zipped=100_000),
    point(pruned(0.5), right=4980, nonzero=510, zipped=200_000),
    point(pruned(0.8), INT8, right=4960, nonzero=210, bytes=108_000, zipped=40_000, milliseconds=0.1),
    point(TINY, right=4900, nonzero=100, bytes=40_000, zipped=36_000, milliseconds=0.05),
)
"""A base and five others, of which the int8 form is the smallest that loses next to nothing."""
