"""How well numbers are read, as a Markdown document."""

from collections.abc import Sequence

from mnist_core.benchmarks.numbers import APART, KINDS, Reading
from mnist_core.benchmarks.pens import PEN
from mnist_core.benchmarks.results import Section
from mnist_core.data.numbers import GAPS, UP_AND_DOWN
from mnist_core.drawing import picture_pieces, segmentation
from mnist_core.models import picture_reader, stroke_groups

UNEVEN = next(kind.smallest for kind in KINDS if kind.smallest < 1)


def as_document(section: Section) -> str:
    """The method, then a row for each file, half of its writers, and kind of numbers."""
    readings = [Reading(**each) for each in section.figures]
    return "\n".join([*METHOD, f"`{section.command}`, {section.date}, {section.machine}.", "", *tables(readings), ""])


def tables(readings: Sequence[Reading]) -> list[str]:
    """A row for each."""
    return [
        "| file | writers | kind | numbers | numbers right | divided right | digits right |",
        "|---|---|---|---|---|---|---|",
        *map(_row, readings),
    ]


def _row(one: Reading) -> str:
    cells = [
        f"`{one.file}`",
        f"{one.half} {one.writers}",
        one.kind,
        f"{one.numbers:,}",
        f"**{one.right / one.numbers:.1%}**",
        "–" if one.divided is None else f"{one.divided / one.numbers:.2%}",
        f"{1 - one.errors / one.digits:.2%}",
    ]
    return f"| {' | '.join(cells)} |"


METHOD = f"""# Numbers of several digits

Written by the command below; do not edit.

## How a number is read

The strokes are put into the order of their centres, from left to right. Each run of one to
{segmentation.MOST_PIECES} strokes in that order may be a digit. The network predicts the 28×28 image of each
such run. Dynamic programming finds the division with the highest sum over its digits. All lengths are in
heights of the line. The sum of a digit is:

- the log-probability of the most likely digit among eleven outcomes. The eleventh is "not a digit", which
  counts {stroke_groups.NO_DIGIT_COST} less;
- plus {segmentation.PER_DIGIT} for each digit, and {segmentation.ALONE} more if all strokes are one digit;
- minus {segmentation.OVERLAP:g} times the width that two strokes of different digits share;
- minus {segmentation.LOW:g} times the logarithm of how much lower than the line the digit is;
- minus {segmentation.WIDE} times the square of its width beyond one height.

A stroke that is smaller than {segmentation.SPECK:.0%} of the line is a speck. It belongs to the digit that it
lies in, or to none. The bar of a 7 or the roof of a 5 may be written after the next digits, because the order
of writing does not count.

In a picture, connected marks take the place of strokes. Digits that touch are one mark, so a mark that is wider than
{picture_pieces.WIDE:.0%} of the line is cut along ways from top to bottom through as little ink as possible. A cut
costs {picture_pieces.THROUGH_INK:g} for each width of the pen on its way through ink, if the digits on both sides are
different ones. A digit has up to {picture_reader.MOST_PARTS} such pieces. Two weights differ from those of strokes:

- "not a digit" counts {picture_reader.NO_DIGIT_COST:g} less, not {stroke_groups.NO_DIGIT_COST:g}. Digits that touch
  are one mark, and that mark is often "not a digit". At a low cost, they would stay together, because a cut costs more;
- shared width costs {picture_pieces.OVERLAP:g} times its width, because a pen is wider than a stroke's path, and
  nothing between the two sides of a cut.

One mark that is surely a digit, and at most {picture_reader.WIDEST:g} times as wide as high, is never cut.

The number of digits is not certain if another division, into more digits or fewer, is worse by less than
{picture_reader.CLOSE:g}. Then the verdict is "not sure". The same holds for one mark that is surely a digit, if it is
more than {picture_reader.WIDE:g} times as wide as high and its best division has several digits.

## How it is measured

Each number has 2 to 10 drawings of one writer, scaled to one height. The gap between two digits is between
{GAPS[0]:.0%} and {GAPS[1]:.0%} of the digits' mean width, so some digits overlap. Each digit lies up to
{UP_AND_DOWN:.0%} of its height above or below the line. *Uneven heights* are {UNEVEN:.0%} to 100% of the line.
With *delayed strokes*, the last stroke of each digit of several strokes is written after the next digit or at
the end of the number.

The rows *picture* are pictures of such numbers on the kinds of paper of [Pictures](pictures.md), a tenth as many. The
pen's width is {PEN[0]:.0%} to {PEN[1]:.0%} of the height. The gaps are between {APART[0]:.0%} and {APART[1]:.0%} of
the digits' mean width. In the row *digits touch*, the gaps are those above, so many digits touch or overlap.

Every other writer of a file belongs to the first half. The constants were chosen on UNIPEN's first half,
slanted and stretched at random, and on the letters of every other writer. Those of pictures were chosen on UNIPEN's
first half and on synthetic digits. The shipped model has learned UNIPEN's digits, but not the pen strokes. So the
figures of the pen strokes are the ones to expect from other people.

*Divided right* means that each digit got exactly its own strokes. The errors of *digits right* are the digits
to change, add or take away. *One digit* is each drawing of the file alone. Some of UNIPEN's drawings hold two
digits or more, such as `00` with the label 0.

""".split("\n")
