"""What a compression costs and what it saves: its points compared with the model itself."""

import math
from collections.abc import Sequence

from mnist_core.common.language import N_, Text, _
from mnist_core.evaluation.compression import CompressedPoint, Score

ACCURACIES = {
    "validation": N_("Validation images"),
    "test": N_("Test images"),
    "drawings": N_("File of drawings"),
    "own_drawings": N_("Your drawings"),
}
"""A field of a point that is a score → what was predicted."""
SIZES = {"bytes": N_("File"), "zipped": N_("Zipped"), "milliseconds": N_("Time for an image")}
"""A field of a point that should be small → its name."""
ALLOWED_LOSS = 0.001
"""The share of the validation images that the suggested point may lose."""


def accuracies(points: Sequence[CompressedPoint]) -> list[str]:
    """The codes of `ACCURACIES` that were measured."""
    return [name for name in ACCURACIES if score(points[0], name) is not None]


def score(point: CompressedPoint, accuracy: str) -> Score | None:
    """One of the `ACCURACIES` of a point."""
    found: Score | None = getattr(point, accuracy)
    return found


def share_of(point: CompressedPoint, base: CompressedPoint, size: str) -> float:
    """One of the `SIZES` of a point as a share of that of the base."""
    return float(getattr(point, size) / getattr(base, size))


def lost(point: CompressedPoint, base: CompressedPoint, accuracy: str) -> float | None:
    """The accuracy of the base minus that of the point, as a share; None if it was not measured."""
    before, after = score(base, accuracy), score(point, accuracy)
    return before.share - after.share if before and after else None


def decimals(base: CompressedPoint, accuracy: str) -> int:
    """Decimal places of a difference in percentage points: at least two, and enough for one image."""
    found = score(base, accuracy)
    return max(2, math.ceil(math.log10(found.count)) - 2) if found else 2


def change_text(point: CompressedPoint, base: CompressedPoint, accuracy: str) -> Text:
    """The difference of the accuracy in a few words; "–" if it was not measured."""
    loss = lost(point, base, accuracy)
    if loss is None:
        return Text("–")
    if not loss:
        return _("as accurate")
    return _("{difference} percentage points", difference=f"{-100 * loss:+.{decimals(base, accuracy)}f}")


def compared(point: CompressedPoint, base: CompressedPoint, accuracy: str) -> Text:
    """What a point has gained and lost, in a line. A zip file shows what pruning has gained."""
    values = {
        "change": change_text(point, base, accuracy),
        "speed": 1 / share_of(point, base, "milliseconds"),
        "share": share_of(point, base, "bytes"),
        "zipped": share_of(point, base, "zipped"),
    }
    if any(step.kind == "pruned" for step in point.steps):
        return _("{share:.0%} of the size ({zipped:.0%} zipped), {change}, {speed:.1f}× as fast", **values)
    return _("{share:.0%} of the size, {change}, {speed:.1f}× as fast", **values)


def suggested(points: Sequence[CompressedPoint]) -> CompressedPoint:
    """The smallest point, zipped, that predicts the validation images about as well as the base.

    If there is none, it is the most accurate one of the others; without others, it is the base.
    """
    base, *others = points
    allowed = ALLOWED_LOSS * base.validation.count  # images are counted, since shares are rounded
    good = [each for each in others if base.validation.right - each.validation.right <= allowed]
    if good:
        return min(good, key=lambda each: each.zipped)
    return max(others, key=lambda each: each.validation.share, default=base)
