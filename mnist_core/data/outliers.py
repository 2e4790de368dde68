"""Non-digits: letters, symbols, pictograms and scribbles, drawn by the program from a seed.

A network that learns to refuse these also refuses things that it has never seen. To measure that, leave some of `KINDS`
out of the training and test on them. No person's drawings are copied here.
"""

from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np

from mnist_core.data import synthetic
from mnist_core.data.doodles import DOODLES
from mnist_core.data.geometry import polyline, shifted
from mnist_core.data.handwriting import WIDTHS, Rng, Template, by_hand, template
from mnist_core.data.letters import CAPITALS, COMPANIONS, SMALL, SYMBOLS
from mnist_core.data.pictograms import PICTOGRAMS
from mnist_core.data.scribbles import SCRIBBLES
from mnist_core.drawing.strokes import SIDE, Gray, Strokes, rasterize

Item = TypeVar("Item")
Kind = Callable[[Rng], Strokes]

CLEAR = frozenset("ACEFHKMNPRUVWXacdefhkmnprukvwx#%&*+=?@$<>{}")
"""The characters that nobody takes for a digit."""


def is_clear(character: str | None) -> bool:
    """Whether nobody takes the character for a digit; None is a drawing that is known to be something else."""
    return character is None or character in CLEAR


UPRIGHT = (0.0, 0.12)
"""The slant of what is drawn, not written; see `handwriting.by_hand`."""


def _read(table: dict[str, tuple[str, ...]]) -> dict[str, list[Template]]:
    return {name: [template(text) for text in texts] for name, texts in table.items()}


_CAPITALS, _SMALL, _COMPANIONS, _PICTOGRAMS = map(_read, (CAPITALS, SMALL, COMPANIONS, PICTOGRAMS))


def _pick(items: Sequence[Item], rng: Rng) -> Item:
    return items[int(rng.integers(len(items)))]


def _written(styles: Sequence[Template]) -> Kind:
    """Letters and symbols lean like handwriting."""
    return lambda rng: by_hand(_pick(styles, rng), rng)


def _drawn(picture: Callable[[Rng], Template]) -> Kind:
    """Pictograms, doodles and scribbles stand upright."""
    return lambda rng: by_hand(picture(rng), rng, slant=UPRIGHT)


def _any_of(templates: Sequence[Template]) -> Callable[[Rng], Template]:
    return lambda rng: _pick(templates, rng)


def _in_a_row(parts: Sequence[Template], rng: Rng) -> Template:
    """Put parts beside each other, each with a gap or a slight overlap."""
    row: Template = []
    right = 0.0
    for part in parts:
        x = np.concatenate([points[:, 0] for points, _ in part])
        row += shifted(part, right - x.min(), rng.normal(0, 3))
        right += np.ptp(x) + rng.uniform(4, 26)
    return row


def _word(table: dict[str, list[Template]], companions: dict[str, list[Template]], shortest: int, longest: int) -> Kind:
    """Letters in a row; at least every second one is from `table` and cannot pass for a digit."""

    def write(rng: Rng) -> Strokes:
        pools = [list(table.values()), [*table.values(), *companions.values()]]
        first = int(rng.integers(2))
        count = int(rng.integers(shortest, longest + 1))
        letters = [_pick(_pick(pools[(first + i) % 2], rng), rng) for i in range(count)]
        return by_hand(_in_a_row(letters, rng), rng)

    return write


def _beside(rng: Rng) -> Template:
    """Two or three pictograms beside each other."""
    pictograms = list(_PICTOGRAMS.values())
    return _in_a_row([_pick(_pick(pictograms, rng), rng) for _ in range(rng.integers(2, 4))], rng)


def _beside_digits(rng: Rng) -> Strokes:
    """A number of two to five digits, clearly apart."""
    strokes: Strokes = []
    right = 0.0
    for digit in rng.integers(0, 10, rng.integers(2, 6)).tolist():
        drawn = synthetic.write(digit, rng)
        x = [x for stroke in drawn for x, _ in stroke]
        strokes += [[(a - min(x) + right, b) for a, b in stroke] for stroke in drawn]
        right += max(x) - min(x) + rng.uniform(16, 50)
    return strokes


def _crossed_out(rng: Rng) -> Strokes:
    """A digit, and a pen that goes back and forth over it."""
    digit = synthetic.write(int(rng.integers(10)), rng)
    size = np.maximum(np.ptp(np.concatenate([np.array(stroke) for stroke in digit]), axis=0), 60)
    count = int(rng.integers(6, 14))
    across = np.where(np.arange(count) % 2, 0.6, -0.6) + rng.normal(0, 0.1, count)
    zigzag = np.stack([across, np.linspace(-0.5, 0.5, count)], axis=1)
    if rng.random() < 0.3:
        zigzag = zigzag[:, ::-1]
    return digit + by_hand(polyline(np.array([35, 50]) + zigzag * size), rng, slant=UPRIGHT)


KINDS: dict[str, Kind] = {
    **{f"letter-{name}": _written(styles) for name, styles in (_CAPITALS | _SMALL).items()},
    "two-or-three-letters": _word(_SMALL, _COMPANIONS, 2, 3),
    "two-or-three-capitals": _word(_CAPITALS, {}, 2, 3),
    "word": _word(_SMALL, _COMPANIONS, 4, 7),
    "long-word": _word(_SMALL, _COMPANIONS, 8, 14),
    **{name: _written(styles) for name, styles in _read(SYMBOLS).items()},
    **{name: _drawn(_any_of(styles)) for name, styles in _PICTOGRAMS.items()},
    **{name: _drawn(picture) for name, picture in (DOODLES | SCRIBBLES).items()},
    "pictograms-beside-each-other": _drawn(_beside),
    "digits-beside-each-other": _beside_digits,
    "digit-crossed-out": _crossed_out,
}
"""Each draws its kind once, differently each time."""


def draw(rng: Rng, *, kinds: Sequence[str] = tuple(KINDS)) -> Strokes:
    """Draw one non-digit, of a kind drawn from `rng`; x right, y down."""
    return KINDS[_pick(kinds, rng)](rng)


def generate(count: int, *, seed: int, kinds: Sequence[str] = tuple(KINDS)) -> Gray:
    """Draw `count` non-digits, each of one of `kinds` by lot.

    Returns:
        (count, 28, 28) uint8 pictures as from `strokes.rasterize`.
    """
    rng = np.random.default_rng(seed)
    images = np.zeros((count, SIDE, SIDE), np.uint8)
    for image in images:
        image[:] = rasterize(draw(rng, kinds=kinds), width=rng.uniform(*WIDTHS))
    return images
