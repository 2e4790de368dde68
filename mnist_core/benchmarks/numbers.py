"""How well numbers of several digits are read: put together from the drawings of one writer each."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path

import numpy as np
from pydantic import BaseModel

from mnist_core.benchmarks.papers import PAPERS, Paper
from mnist_core.benchmarks.pens import pen_number
from mnist_core.collection import file_formats
from mnist_core.common.errors import InputError
from mnist_core.common.language import _
from mnist_core.data.numbers import GAPS, put_together
from mnist_core.drawing import picture_files
from mnist_core.drawing.strokes import Strokes
from mnist_core.models.number_reader import Number, read_numbers
from mnist_core.models.picture_reader import read_picture
from mnist_core.models.predictor import Predictor

SEED = 2_000
AT_ONCE = 100


@dataclass(frozen=True)
class Kind:
    """A way of putting numbers together."""

    name: str
    digits: tuple[int, int] = (2, 10)
    """The fewest and the most."""
    smallest: float = 1.0
    delayed: float = 0.0
    gaps: tuple[float, float] = GAPS
    """See `put_together`."""


KINDS = (
    Kind("2 to 10 digits"),
    Kind("two digits", digits=(2, 2)),
    Kind("uneven heights", smallest=0.6),
    Kind("delayed strokes", delayed=1.0),
)
APART = (0.1, 0.6)
"""The gaps on the pictures that show a kind of paper."""
ON = ("plain", "light on dark", "shadow", "ruled paper", "squared paper", "form box", "pencil")
PICTURES = (
    *((Kind(f"picture: {name}", gaps=APART), PAPERS[name]) for name in ON),
    (Kind("picture: digits touch"), PAPERS["plain"]),
)
PICTURES_OF_NUMBERS = 10
"""One picture of each kind for so many numbers of strokes, because reading pictures takes longer."""
ALONE = "one digit"
HALVES = ("first", "second")
"""Every other writer; the constants of `segmentation` were chosen on UNIPEN's first half."""


class Reading(BaseModel):
    """What was read of one kind of numbers by one half of a file's writers."""

    file: str
    half: str
    kind: str
    writers: int
    numbers: int
    right: int
    divided: int | None
    """Numbers of which each digit got exactly its own strokes; None for pictures."""
    digits: int
    errors: int
    """Digits to change, to add and to take away."""


def measure(path: Path, predictor: Predictor, count: int) -> Iterator[Reading]:
    """For each half of the writers: `count` numbers of each kind, each digit alone, and pictures of numbers.

    Raises:
        InputError: the file cannot be read, or fewer than two writers have labelled strokes.
    """
    writers = _by_writer(path)
    for half, name in enumerate(HALVES):
        own = [writers[each] for each in sorted(writers)[half::2]]
        for kind in KINDS:
            yield _reading(path, name, kind.name, own, _written(own, kind, count), predictor)
        alone = [(strokes, [0] * len(strokes), str(label)) for pool in own for strokes, label in pool]
        yield _reading(path, name, ALONE, own, iter(alone), predictor)
        for kind, paper in PICTURES:
            yield _pictured(path, name, kind, paper, own, max(1, count // PICTURES_OF_NUMBERS), predictor)


Pool = list[tuple[Strokes, int]]
"""One writer's drawings and their labels."""
Example = tuple[Strokes, Sequence[int], str]
"""A number's strokes, the place of each one's digit, and the number."""


def _by_writer(path: Path) -> dict[str, Pool]:
    writers: dict[str, Pool] = {}
    for drawing in file_formats.read(path):
        if drawing.writer is not None and drawing.label is not None and drawing.strokes:
            writers.setdefault(drawing.writer, []).append((drawing.strokes, drawing.label))
    if len(writers) < 2:
        raise InputError(
            _('{file} needs labelled strokes of two or more writers, each with its "writer".', file=path.name)
        )
    return writers


def _written(pools: Sequence[Pool], kind: Kind, count: int) -> Iterator[Example]:
    """Numbers of the writers in turn; each digit is as likely as any other that the writer has."""
    rng = np.random.default_rng(SEED)
    for pool in islice(cycle(pools), count):
        labels = sorted({label for _strokes, label in pool})
        wanted = rng.choice(labels, rng.integers(kind.digits[0], kind.digits[1] + 1))
        own = {each: [strokes for strokes, label in pool if label == each] for each in labels}
        digits = [own[each][rng.integers(len(own[each]))] for each in wanted.tolist()]
        written = put_together(digits, rng, smallest=kind.smallest, delayed=kind.delayed, gaps=kind.gaps)
        yield written.strokes, written.owners, "".join(map(str, wanted))


def _reading(
    path: Path, half: str, kind: str, pools: Sequence[Pool], examples: Iterator[Example], predictor: Predictor
) -> Reading:
    pairs: list[tuple[str, Number]] = []
    divided = 0
    while some := [*islice(examples, AT_ONCE)]:
        found = read_numbers(predictor, [strokes for strokes, _owners, _number in some])
        for (_strokes, owners, number), one in zip(some, found, strict=True):
            groups = {tuple(np.nonzero(np.array(owners) == place)[0].tolist()) for place in set(owners)}
            divided += groups == {each.strokes for each in one.digits}
            pairs.append((number, one))
    return _counted(path, half, kind, pools, pairs, divided)


def _pictured(
    path: Path, half: str, kind: Kind, paper: Paper, pools: Sequence[Pool], count: int, predictor: Predictor
) -> Reading:
    rng = np.random.default_rng(SEED)
    pairs = []
    for strokes, _owners, number in _written(pools, kind, count):
        content = paper(pen_number(strokes, rng), rng)
        gray = picture_files.read_gray(content, kind.name, side=picture_files.NUMBER_SIDE)
        pairs.append((number, read_picture(predictor, gray)))
    return _counted(path, half, kind.name, pools, pairs, None)


def _counted(
    path: Path, half: str, kind: str, pools: Sequence[Pool], pairs: Sequence[tuple[str, Number]], divided: int | None
) -> Reading:
    return Reading(
        file=path.name,
        half=half,
        kind=kind,
        writers=len(pools),
        numbers=len(pairs),
        right=sum(found.text == wanted for wanted, found in pairs),
        divided=divided,
        digits=sum(len(wanted) for wanted, _found in pairs),
        errors=sum(edits(found.text, wanted) for wanted, found in pairs),
    )


def edits(one: str, other: str) -> int:
    """The fewest characters to change, add or take away to make one text the other (Levenshtein 1966)."""
    before = list(range(len(other) + 1))
    for row, mine in enumerate(one, 1):
        line = [row]
        for column, theirs in enumerate(other):
            line.append(min(before[column] + (mine != theirs), before[column + 1] + 1, line[column] + 1))
        before = line
    return int(before[-1])
