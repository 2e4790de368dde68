"""Zips and folders of pictures → drawings.

A folder named 0 to 9 is a label. A digit in a picture's own name may be one, but as often it is a counter
(`digit1.png`, `page 4.png`), so it counts only if a person says so.
"""

import re
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Self

from mnist_core.collection import stroke_lines
from mnist_core.collection.drawing import Drawing
from mnist_core.common.errors import InputError
from mnist_core.common.language import Text, _, n_, sentences
from mnist_core.data.files.folders import folder_label
from mnist_core.data.files.tree import Tree, shortened
from mnist_core.drawing import picture_files, pictures

MAX_PICTURE = 40 * 2**20
"""The limit of one picture in bytes: an incompressible photo of 12 megapixels has 36 MB."""


@dataclass(frozen=True)
class Found:
    """The drawings of a file or a folder, and what is odd about them."""

    drawings: list[Drawing]
    named: tuple[int | None, ...] = ()
    """For each drawing, the digit in its picture's own name if it has no label."""
    damaged: tuple[str, ...] = ()
    """The names of the pictures that could not be read."""
    reason: Text | None = None
    """Why the first of them could not be read."""

    def with_labels_from_names(self) -> Self:
        """The same with the digits in the names as labels."""
        pairs = zip(self.drawings, self.named or [None] * len(self.drawings), strict=True)
        return replace(self, drawings=[replace(each, label=each.label if d is None else d) for each, d in pairs])

    @property
    def label_names(self) -> int:
        """How many drawings have no label but a digit in their names."""
        return sum(digit is not None for digit in self.named)

    @property
    def damage(self) -> Text:
        """Which pictures could not be read, in a sentence; empty if there are none."""
        if not self.damaged:
            return Text("")
        return n_(
            "{n} picture is damaged and was left out: {names}.",
            "{n:,} pictures are damaged and were left out: {names}.",
            len(self.damaged),
            names=shortened([*self.damaged]),
        )


def names(tree: Tree) -> list[str]:
    """Of all pictures of a zip or a folder.

    Raises:
        InputError: it has none, or too many.
    """
    found = [name for name in tree.files if name.lower().endswith(picture_files.ENDINGS)]
    if not found:
        if not tree.files:
            raise InputError(_("{file} contains no picture.", file=tree.name))
        given = shortened([*tree.files])
        raise InputError(_("{file} contains no picture. It has: {names}.", file=tree.name, names=given))
    if len(found) > stroke_lines.MAX_DRAWINGS or tree.claimed > stroke_lines.MAX_BYTES:
        raise InputError(
            _(
                "{file} is too large: {count:,} pictures with {size} MB in all are allowed.",
                file=tree.name,
                count=stroke_lines.MAX_DRAWINGS,
                size=stroke_lines.MAX_BYTES >> 20,
            )
        )
    return found


def read(tree: Tree) -> Found:
    """All pictures of a zip or a folder.

    Raises:
        InputError: it has none, too many, or none that can be read.
    """
    drawings: list[Drawing] = []
    named: list[int | None] = []
    damaged: dict[str, Text] = {}
    for name in names(tree):
        try:
            content = tree.read(name, MAX_PICTURE)
            drawing = picture(name, content, folder_label(name))
        except InputError as error:
            damaged[name] = error.text
            continue
        drawings.append(drawing)
        named.append(digit_in(name) if drawing.label is None else None)
    reason = next(iter(damaged.values()), None)
    if not drawings:
        raise InputError(sentences([_("{file} is damaged.", file=tree.name), *damaged.values()][:2]))
    return Found(drawings, tuple(named), tuple(damaged), reason)


def picture(name: str, content: bytes, label: int | None = None) -> Drawing:
    """One picture as a drawing.

    Raises:
        InputError: it is damaged or is no picture.
    """
    return Drawing(label, bitmap=pictures.digit(picture_files.read_gray(content, name)).image)


def digit_in(name: str) -> int | None:
    """The digit in a picture's own name: the first number, if it has one digit only."""
    found = re.match(r"\D*(\d)(?!\d)", PurePosixPath(name).stem)
    return int(found[1]) if found else None
