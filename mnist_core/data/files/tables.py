"""Tables of digits (CSV, TSV): a label and 784 values a row, with or without a header.

A table is read in blocks of rows with limits, because pandas would take any number of columns.
"""

import codecs
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import IO, Any, cast

import numpy as np
import numpy.typing as npt

from mnist_core.common.errors import InputError
from mnist_core.common.language import _
from mnist_core.data.files.convert import MAX_IMAGES, Part, Rows, part
from mnist_core.data.files.tree import Tree

Array = npt.NDArray[Any]

ENDINGS = (".csv", ".tsv", ".csv.gz", ".tsv.gz")
DELIMITERS = ";\t|, "
"""A row with enough of one of them has that one: a comma may be in the numbers, and a space behind a comma."""
PIXELS = 784
MAX_LINE = 64 * 2**10
"""The limit of a row in bytes. 784 numbers of 25 letters with their delimiters have 20 kB."""
MAX_BYTES = 2**30
MAX_HELD = 256 * 2**20
"""The most bytes that the values of a table may take in memory."""
FAR = 60_000
"""Near the limit of float16. Such values are refused later."""
BLOCK = 1000
"""Rows that are parsed at once."""
LABELS = ("label", "labels", "class", "digit", "target", "y", "number")
INDEX = ("", "id", "index", "unnamed: 0")


class OtherTable(InputError):
    """A table that is none of labelled digits: it has another number of columns, or no labels."""


@dataclass(frozen=True)
class _Layout:
    delimiter: str
    label: int
    pixels: list[int]
    header: bool


def read(tree: Tree, name: str) -> Part:
    """The images and their labels.

    Raises:
        OtherTable: it has another number of columns, or no labels.
        InputError: it is damaged, has a wrong value, or is too large.
    """
    images: list[Array] = []
    labels: list[Array] = []
    layout, cut_off = None, False
    with tree.stream(name) as file:
        for number, lines in _blocks(file, name):
            if _delimiter(lines[-1]) != ",":  # then it is the decimal separator
                lines = [line.replace(",", ".") for line in lines]
            if layout is None:
                layout, cut_off = _layout_of_most(lines, name)
                if layout.header or cut_off:
                    lines, number = lines[1:], number + 1
            if lines:
                values = _parsed(lines, layout, name, number)
                images.append(_smaller(values[:, layout.pixels]).reshape(-1, 28, 28))
                labels.append(values[:, layout.label].copy())  # a view would keep all values
                _check_held(images, name)
    if layout is None or not images:
        raise InputError(_("{source}: there are no images.", source=name))
    found = part(Rows.of(images, (28, 28)), np.concatenate(labels), name)
    if cut_off:
        found = found.also(_("{file}: the first line is incomplete and was left out.", file=name))
    return found.also(_("Table: the label is in column {column}.", column=layout.label + 1))


def _smaller(values: npt.NDArray[np.float32]) -> Array:
    """Whole numbers from 0 to 255 as bytes, others as float16, which is exact enough for 256 levels."""
    whole = values.min() >= 0 and values.max() <= 255 and (values == np.rint(values)).all()
    return values.astype(np.uint8) if whole else np.clip(values, -FAR, FAR).astype(np.float16)


def _check_held(images: list[Array], name: str) -> None:
    if sum(each.nbytes for each in images) > MAX_HELD or sum(map(len, images)) > MAX_IMAGES:
        raise InputError(
            _("{file} is too large. Split it, or save its arrays as an .npz file of whole numbers.", file=name)
        )


def _blocks(file: IO[bytes], name: str) -> Iterator[tuple[int, list[str]]]:
    """The number of the first line, and lines that are not empty."""
    lines: list[str] = []
    start = total = 0
    for number, line in enumerate(_lines(file), 1):
        total += len(line)
        if len(line) > MAX_LINE:
            raise InputError(
                _(
                    "{file}, line {number}: the line has more than {limit} kB. A row must have a label and 784 values.",
                    file=name,
                    number=number,
                    limit=MAX_LINE >> 10,
                )
            )
        if total > MAX_BYTES:
            raise InputError(
                _("{file} is larger than {limit} MB when unpacked. Split the file.", file=name, limit=MAX_BYTES >> 20)
            )
        text = line.decode("utf-8-sig" if number == 1 else "utf-8", errors="replace").strip("\r\n")
        if text.strip():
            if not lines:
                start = number
            lines.append(text)
        if len(lines) == BLOCK:
            yield start, lines
            lines = []
    if lines:
        yield start, lines


def _layout_of_most(lines: list[str], name: str) -> tuple[_Layout, bool]:
    """As `_layout`, and whether the first line has to be left out, because only the others are rows of a table.

    Raises:
        OtherTable: the number of columns is another.
    """
    try:
        return _layout(lines, name), False
    except OtherTable as error:
        try:
            layout = _layout(lines[1:3], name) if len(lines) > 2 else None
        except OtherTable:
            layout = None
        if layout is None or layout.header or len(_cells(lines[0], layout.delimiter)) >= PIXELS:
            raise error from None
        return _layout(lines[1:], name), True


def _delimiter(line: str) -> str:
    found = line.strip()
    enough = [each for each in DELIMITERS if found.count(each) >= PIXELS - 1]
    return enough[0] if enough else max(DELIMITERS, key=found.count)


def _lines(file: IO[bytes]) -> Iterator[bytes]:
    """The lines in UTF-8. In UTF-16, as Excel writes it, a file begins with a mark."""
    if cast("io.BufferedReader", file).peek(2)[:2] not in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        yield from iter(lambda: file.readline(MAX_LINE + 1), b"")
        return
    text = io.TextIOWrapper(cast("io.BufferedReader", file), "utf-16", errors="replace")
    try:
        yield from (line.encode() for line in iter(lambda: text.readline(MAX_LINE + 1), ""))
    finally:
        text.detach()


def _layout(lines: list[str], name: str) -> _Layout:
    """Which columns the label and the values are in, from the first block of rows.

    Raises:
        OtherTable: the number of columns is another.
    """
    delimiter = _delimiter(lines[-1])
    first = _cells(lines[0], delimiter)
    header = _is_header(first)
    names = [each.strip().casefold() for each in first] if header else []
    columns = [n for n in range(len(first)) if not (header and names[n] in INDEX)]
    body = lines[1:] if header else lines
    if not header and len(columns) == PIXELS + 2 and _counts(body, delimiter):
        columns = columns[1:]
    if len(columns) == PIXELS:
        raise OtherTable(_("{file} has 784 values in each row and no label. A row must have 785 values.", file=name))
    if len(columns) != PIXELS + 1:
        raise OtherTable(
            _(
                "{file} has {count:,} columns. A row must have 785: a label and 784 values. It starts with: {start}",
                file=name,
                count=len(first),
                start=re.sub(r"\s+", " ", lines[0])[:60],
            )
        )
    named = [n for n in columns if header and names[n] in LABELS]
    label = named[0] if named else _label_column(columns, body, delimiter)
    return _Layout(delimiter, label, [n for n in columns if n != label], header)


def _is_header(cells: list[str]) -> bool:
    """Whether these are the names of columns, or their numbers, as pandas writes them."""
    if not (_is_number(cells[0]) and _is_number(cells[-1])) or 2 * sum(map(_is_number, cells)) < len(cells):
        return True
    numbers = [float(each) for each in cells if _is_number(each)]
    return len(numbers) > 2 and all(b - a == 1 for a, b in pairwise(numbers))


def _label_column(columns: list[int], body: list[str], delimiter: str) -> int:
    """The first or the last column: the one with more digits in it, because an image's corner is background.

    Labels of letters are found as well, so that they are refused as such.
    """
    rows = [cells for line in body[:200] if len(cells := _cells(line, delimiter)) > columns[-1]]

    def likelihood(column: int) -> tuple[bool, bool, int, bool]:
        found = {float(row[column]) if _is_number(row[column]) else 0.5 for row in rows}
        varied, whole = len(found) > 1, all(each % 1 == 0 for each in found)
        return varied and found <= set(range(10)), varied and whole, len(found) if whole else 0, any(found)

    return max((columns[0], columns[-1]), key=likelihood)


def _counts(body: list[str], delimiter: str) -> bool:
    """Whether the first column numbers the rows."""
    first = [_cells(line, delimiter)[0] for line in body[:200]]
    return all(map(_is_number, first)) and all(float(b) - float(a) == 1 for a, b in pairwise(first))


def _cells(line: str, delimiter: str) -> list[str]:
    return [cell.strip(' "') for cell in line.strip(" ").split(delimiter)]


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _parsed(lines: list[str], layout: _Layout, name: str, number: int) -> npt.NDArray[np.float32]:
    """The values of some rows.

    Raises:
        InputError: a row has another number of values, or one is missing or no number; the message names its line.
    """
    import pandas as pd  # takes half a second

    try:
        frame = pd.read_csv(
            io.StringIO("\n".join(line.strip(" ") for line in lines)),
            sep=layout.delimiter,
            header=None,
            dtype=np.float32,
        )
        values: npt.NDArray[np.float32] = frame.to_numpy()
    except ValueError:  # its errors are of this kind, and do not say which line
        values = np.full((0, 0), np.nan, np.float32)
    width = len(layout.pixels) + 1
    if len(values) == len(lines) and values.shape[1] >= width and np.isfinite(values).all():
        return values
    for line_number, line in enumerate(lines, number):
        cells = _cells(line, layout.delimiter)
        if wrong := [each for each in cells if not _is_number(each) or not np.isfinite(float(each))]:
            raise InputError(
                _(
                    "{file}, line {number}: {given} is not a number.",
                    file=name,
                    number=line_number,
                    given=repr(wrong[0][:20]),
                )
            )
        if len(cells) != len(_cells(lines[0], layout.delimiter)):
            raise InputError(
                _(
                    "{file}, line {number}: the row has {count:,} values; {wanted:,} are needed.",
                    file=name,
                    number=line_number,
                    count=len(cells),
                    wanted=width,
                )
            )
    raise InputError(_("{file}, line {number}: these rows cannot be read.", file=name, number=number))
