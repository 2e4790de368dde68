"""Arrays of any usual layout → (N, 28, 28) uint8 images and whole-number labels, with a word on each conversion."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from mnist_core.common.errors import InputError
from mnist_core.common.language import Text, _, listed

Array = npt.NDArray[Any]
Gray = npt.NDArray[np.uint8]

MAX_IMAGES = 300_000
"""The limit of one part. EMNIST's largest part of digits has 240,000."""
SHAPES = ((28, 28), (28, 28, 1), (1, 28, 28), (784,), (1, 784), (784, 1))
"""The shapes of one image that are allowed."""
PADDED = ((32, 32), (32, 32, 1), (1, 32, 32))
COLOURED = ((28, 28, 3), (3, 28, 28))
LUMINANCE = np.array([0.299, 0.587, 0.114], np.float32)
"""The shares of red, green and blue in a grey value (ITU-R BT.601)."""
MNIST_MEAN, MNIST_SPREAD = 0.1307, 0.3081
"""The mean and standard deviation of MNIST's values (0…1), by which PyTorch's examples standardise them."""
NEAR = 0.02
"""How far a value may lie outside a range."""


@dataclass(frozen=True)
class Rows:
    """Images one block after another, so that a large file need not be in memory. They can be read twice."""

    count: int
    shape: tuple[int, ...]
    """The shape of one image."""
    dtype: np.dtype[Any]
    blocks: Callable[[], Iterator[Array]]
    """The blocks, each (n, *shape)."""

    @classmethod
    def of(cls, blocks: list[Array], shape: tuple[int, ...]) -> "Rows":
        """Rows that are in memory."""
        dtype = np.result_type(*{block.dtype for block in blocks}) if blocks else np.dtype(np.uint8)
        return cls(sum(map(len, blocks)), shape, dtype, lambda: iter(blocks))


@dataclass(frozen=True, eq=False)
class Part:
    """One part of a data set, converted."""

    images: Gray
    """(N, 28, 28)."""
    labels: Gray
    """(N,), 0 to 9."""
    told: tuple[Text, ...] = ()
    """What was found and converted, in sentences."""

    def also(self, *told: Text) -> Self:
        """The same part with more sentences, which come first."""
        return replace(self, told=(*told, *self.told))


def part(rows: Rows, given: Array, source: str) -> Part:
    """The images and labels, converted and checked.

    Raises:
        InputError: they are no digits with labels from 0 to 9.
    """
    if rows.count != len(given):
        raise InputError(
            _(
                "{source}: {count:,} images need as many labels, not {given:,}.",
                source=source,
                count=rows.count,
                given=len(given),
            )
        )
    if not rows.count:
        raise InputError(_("{source}: there are no images.", source=source))
    digits, about_labels = labels(given, source)
    check_labels(digits, source)
    found, about_images = images(rows, source)
    return Part(found, digits.astype(np.uint8), (*about_images, *about_labels))


def check_labels(digits: Array, source: str) -> None:
    """Raises:
    InputError: a label is not from 0 to 9; the message names the first wrong rows.
    """
    if len(wrong := np.nonzero((digits < 0) | (digits > 9))[0]):
        rows = listed(_("row {row}: {label}", row=int(row), label=str(digits[row])[:20]) for row in wrong[:5])
        raise InputError(
            _(
                "{source}: labels must be 0 to 9. Wrong labels: {count:,} ({rows}).",
                source=source,
                count=len(wrong),
                rows=rows,
            )
        )


def images(rows: Rows, source: str) -> tuple[Gray, list[Text]]:
    """The images as (N, 28, 28) uint8, light on dark, and what was converted.

    Raises:
        InputError: another shape, other values, or too many images.
    """
    given = str(rows.shape)
    rows = _cropped(_gray(rows))
    if rows.shape not in SHAPES:
        raise InputError(
            _(
                "{source}: an image has the shape {given}. Allowed: (28, 28), (28, 28, 1), (1, 28, 28), 784 values, "
                "three colours, and 32×32 with an empty border.",
                source=source,
                given=given,
            )
        )
    if rows.count > MAX_IMAGES:
        raise InputError(
            _(
                "{source} has {count:,} images; {limit:,} are allowed.",
                source=source,
                count=rows.count,
                limit=MAX_IMAGES,
            )
        )
    told = [] if given == "(28, 28)" else [_("Shape: {given} → (28, 28).", given=given)]
    factor, offset, scaled = _scale(rows, source)
    found, start = np.empty((rows.count, 28, 28), np.uint8), 0
    for block in rows.blocks():
        part = block.reshape(-1, 28, 28)
        if scaled:
            part = np.clip(np.rint(part.astype(np.float32) * np.float32(factor) + np.float32(offset)), 0, 255)
        found[start : start + len(part)] = part
        start += len(part)
    if is_inverted(found):
        np.subtract(255, found, out=found)
        told.append(inverted_text())
    return found, [*([scaled] if scaled else []), *told]


def _gray(rows: Rows) -> Rows:
    """Images in three colours as grey ones; others as they are."""
    if rows.shape not in COLOURED or rows.dtype.kind not in "uif":
        return rows
    axis = 1 + rows.shape.index(3)

    def blocks() -> Iterator[Array]:
        for block in rows.blocks():
            gray = np.moveaxis(block, axis, -1).astype(np.float32) @ LUMINANCE
            yield np.rint(gray) if rows.dtype.kind in "ui" else gray

    return Rows(rows.count, (28, 28), np.dtype(np.float32), blocks)


def _cropped(rows: Rows) -> Rows:
    """Images of 32×32, as LeNet takes them, without their border if it is empty; others as they are."""

    def empty(block: Array) -> bool:
        border = block.reshape(-1, 32, 32).copy()
        border[:, 2:-2, 2:-2] = block.flat[0]
        return bool((border == block.flat[0]).all())

    if rows.shape not in PADDED or not all(empty(block) for block in rows.blocks() if len(block)):
        return rows
    return Rows(
        rows.count, (28, 28), rows.dtype, lambda: (each.reshape(-1, 32, 32)[:, 2:-2, 2:-2] for each in rows.blocks())
    )


def _scale(rows: Rows, source: str) -> tuple[float, float, Text | None]:
    """The factor and the offset that bring the values to 0…255, and a sentence about it; None if they are there."""
    low, high, whole = _range(rows, source)
    if low >= 0 and high <= 255 and whole and high > 1:
        return 1.0, 0.0, None
    for (bottom, top), factor, offset in (
        ((0.0, 1.0), 255.0, 0.0),
        ((0.0, 255.0), 1.0, 0.0),
        ((-0.5, 0.5), 255.0, 127.5),
        ((-1.0, 1.0), 127.5, 127.5),
        (
            (-MNIST_MEAN / MNIST_SPREAD, (1 - MNIST_MEAN) / MNIST_SPREAD),
            MNIST_SPREAD * 255,
            MNIST_MEAN * 255,
        ),
    ):
        if bottom - NEAR <= low and high <= top + NEAR:
            return (
                factor,
                offset,
                _("Values: {low:g} to {high:g} → 0 to 255.", low=round(bottom, 2), high=round(top, 2)),
            )
    raise InputError(
        _(
            "{source}: the values are from {low:g} to {high:g}. Allowed: 0 to 255, 0 to 1, −1 to 1, or standardised as "
            "in PyTorch's examples.",
            source=source,
            low=low,
            high=high,
        )
    )


def _range(rows: Rows, source: str) -> tuple[float, float, bool]:
    """The least and the greatest value, and whether all values are whole numbers.

    Raises:
        InputError: these are no numbers, or one is not finite.
    """
    if rows.dtype.kind not in "buif":
        raise InputError(_("{source}: images must be numbers, not {given}.", source=source, given=str(rows.dtype)[:30]))
    low, high, whole = np.inf, -np.inf, True
    for block in rows.blocks():
        if not len(block):
            continue
        if block.dtype.kind == "f" and not np.isfinite(block).all():
            raise InputError(_("{source}: an image has a value that is missing or infinite.", source=source))
        low, high = min(low, float(block.min())), max(high, float(block.max()))
        whole = whole and (block.dtype.kind != "f" or bool((block == np.rint(block)).all()))
    return (low, high, whole) if low <= high else (0.0, 255.0, True)


def inverted_text() -> Text:
    """That images were inverted."""
    return _("Dark digits on a light background were inverted.")


def is_inverted(images: Gray) -> bool:
    """Whether the digits are dark on a light background: most pixels at the edges are light."""
    some = images[:: max(1, len(images) // 1000)]
    if not len(some):
        return False
    edges = np.concatenate([some[:, 0], some[:, -1], some[:, :, 0], some[:, :, -1]], axis=1)
    return bool(np.median(edges) > 127)


def labels(given: Array, source: str) -> tuple[Array, list[Text]]:
    """The labels as (N,) whole numbers, and what was converted. Their range is not checked.

    Raises:
        InputError: they are neither whole numbers nor one column for each digit.
    """
    if given.dtype.kind in "SU":
        try:
            given = given.astype("U20").astype(np.float64)
        except ValueError:
            raise _no_labels(given, source) from None
    if given.ndim == 2 and given.shape[1] == 1:
        given = given[:, 0]
    if given.dtype.kind == "b" and given.shape[1:] == (10,):  # as `pandas.get_dummies` gives them
        given = given.astype(np.uint8)
    if given.dtype.kind not in "uif":
        raise _no_labels(given, source)
    if given.ndim == 2 and given.shape[1] == 10:
        if not ((given > 0.5).sum(axis=1) == 1).all():
            raise InputError(
                _("{source}: a row of the labels has not exactly one 1 among its ten values.", source=source)
            )
        return given.argmax(axis=1), [_("Labels: one column for each digit → the digit.")]
    if given.ndim != 1:
        raise _no_labels(given, source)
    if given.dtype.kind == "f":
        wrong = np.nonzero(~np.isfinite(given) | (given != np.rint(given)))[0]
        if len(wrong):
            raise InputError(
                _(
                    "{source}: labels must be whole numbers from 0 to 9. Row {row} has {label}.",
                    source=source,
                    row=int(wrong[0]),
                    label=str(given[wrong[0]])[:20],
                )
            )
        return np.clip(given, -1e9, 1e9).astype(np.int64), []
    return given, []


def _no_labels(given: Array, source: str) -> InputError:
    shown = f"{given.shape} {given.dtype}"[:60]
    return InputError(
        _(
            "{source}: labels must be whole numbers from 0 to 9, one for each image, or ten columns with one 1; not "
            "{given}.",
            source=source,
            given=shown,
        )
    )
