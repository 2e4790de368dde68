"""Lists of runs and models. In a narrow terminal names wrap and a column gives way; in a pipe each row is one line."""

from collections.abc import Mapping, Sequence

from rich.cells import cell_len
from rich.table import Table

from mnist_core.cli.shared import output
from mnist_core.common.language import _

LEAST_NAME = 16
"""Columns of the terminal that names get, if any name needs them."""
LONGEST_WORD = 22
"""Longer words are broken. An id has as many characters: it is there to be copied."""
GAP = 2


def show(columns: Mapping[str, Sequence[str]], names: str, optional: str) -> None:
    """Print a table.

    Args:
        columns: title → a cell for each row.
        names: the title of the column whose cells wrap first.
        optional: the title of the column that gives way.
    """
    least = {title: _least(title, cells) for title, cells in columns.items()}
    least[names] = min(LEAST_NAME, _width(names, columns[names]))
    left_out = sum(least.values()) + GAP * (len(columns) - 1) > output.width
    shown = {title: cells for title, cells in columns.items() if not left_out or title != optional}
    output.print(_table(shown, names, least), crop=False)
    if left_out:
        output.print(_("The column “{column}” needs a wider terminal.", column=optional), soft_wrap=True)


def _table(columns: Mapping[str, Sequence[str]], names: str, least: Mapping[str, int]) -> Table:
    """The table, as wide as its cells or as the terminal: the names get what the other columns leave.

    It is wider than a terminal that has no room for the least of each column.
    """
    widths = {title: _width(title, cells) for title, cells in columns.items()}
    gaps = GAP * (len(columns) - 1)
    free = output.width - gaps
    if sum(widths.values()) > free:
        widths = {title: least[title] for title in columns}
        widths[names] += max(0, free - sum(widths.values()))
    table = Table(box=None, padding=(0, GAP, 0, 0), pad_edge=False, width=sum(widths.values()) + gaps)
    for title, width in widths.items():
        table.add_column(title, width=width, overflow="fold")
    for row in zip(*columns.values(), strict=True):
        table.add_row(*row)
    return table


def _width(title: str, cells: Sequence[str]) -> int:
    return max(map(cell_len, (title, *cells)))


def _least(title: str, cells: Sequence[str]) -> int:
    """The width at which no word is broken, unless it is too long."""
    words = [word for text in (title, *cells) for word in text.split()]
    return min(LONGEST_WORD, max(map(cell_len, words), default=0))
