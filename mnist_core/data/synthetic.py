"""Synthetic digits: strokes → MNIST-like pictures with labels, from a seed.

Americans wrote MNIST around 1990. It has few examples of the slashed 0, the 1 with a flag and a foot, the crossed 7,
the open 4 with a short stem or the 9 like a g. A network that knows only MNIST misclassifies them. `STYLES` lists how
people write each digit. `write` draws a style with a hand's inaccuracies, each time differently. `generate` redraws
many with `strokes.rasterize`, in MNIST's own geometry.

No person's drawings are copied here. Two sources showed which styles were missing: the mistakes on 15 of the 30 writers
of the UCI pen strokes (Alpaydin and Alimoglu 1998), whose other 15 writers were used only for testing, and the digits
of UNIPEN (International Unipen Foundation 1999).
"""

import numpy as np

from mnist_core.data.handwriting import WIDTHS, by_hand, template
from mnist_core.drawing.strokes import SIDE, Gray, Strokes, rasterize

STYLES: dict[int, tuple[str, ...]] = {
    0: (
        "38,0 12,16 2,50 12,84 36,100 60,84 68,50 60,16 36,0",  # closed
        "54,8 28,2 5,30 5,68 30,99 58,82 66,44 50,8 28,3 16,14",  # the end overlaps the start
        "30,4 6,30 6,72 34,100 62,76 64,34 46,6",  # open at the top
        "60,8 36,0 8,26 4,68 30,100 60,80 66,40 52,14 34,16",  # the end turns inwards
        "20,8 4,40 8,80 34,100 62,80 66,36 44,2 22,0 8,8",  # the end passes the start on the left
        "30,0 58,14 68,52 54,90 30,100 8,82 2,44 16,10 40,2",  # clockwise
        "38,14 16,24 8,50 18,78 38,86 58,74 64,48 56,24 36,14; 70,0 4,100",  # slashed, beyond both ends
        "34,18 12,30 8,56 24,80 46,78 62,54 56,28 36,18; 62,0 30,50 10,100",  # slashed steeply
        "30,24 10,36 6,60 22,76 44,68 50,44 40,26 26,26; 70,0 0,104",  # slashed, the circle small
        "44,20 26,26 20,44 30,60 48,58 58,40 50,22 40,20; 70,6 2,96",  # slashed, the slash longer below
        "36,2 12,18 2,52 14,86 36,100 58,84 68,50 58,16 34,2; 60,12 12,88",  # slashed inside only
        "38,14 14,26 8,54 20,80 40,84 58,70 62,44 50,20 34,16 46,22! 68,2! 6,100",  # slashed in one stroke
        "56,16 34,6 12,24 6,56 20,86 42,90 60,68 64,34 52,12! 8,98",  # the end goes through to the lower left
        "36,4 10,20 4,54 18,88 40,96 60,78 66,44 54,14 32,4; 6,8 66,94",  # slashed the other way
        "36,0 12,16 2,50 12,84 36,100 60,84 68,50 58,16 34,0; 34,46 36,54",  # dotted
    ),
    1: (
        "30,0 30,100",
        "14,24 32,0! 32,100",  # flag
        "0,40 34,0! 34,100",  # long flag
        "2,34 20,24 34,0! 34,100",  # curved flag
        "20,56 30,0! 34,100",  # flag close to the stem
        "22,52 22,36 34,0! 38,30 34,100",  # flag close to the stem, round
        "0,56 50,0! 30,100",  # flag as long as the stem
        "0,48 10,44 50,0! 40,100",
        "8,20 24,14 32,0! 32,50 26,100",
        "8,32 22,10 34,2 38,16 34,100",  # round
        "10,26 34,0! 34,100; 8,100 60,100",  # flag and foot
        "16,16 34,0! 34,100; 16,100 52,100",  # small flag and foot
        "4,40 22,22 36,0! 36,98; 4,100 70,100",  # long curved flag and wide foot
        "30,0 30,100; 4,100 56,100",  # foot
        "8,30 34,0! 34,100! 4,98",  # flag, foot to the left
        "8,30 34,0! 34,100! 62,98",  # flag, foot to the right
        "0,50 36,0! 36,100; 2,100 70,98",  # flag as long as half the stem, wide foot
        "24,14 36,0! 34,98! 10,100 66,98",  # short flag, the foot there and back in one stroke
        "6,34 22,20 36,0! 36,98! 4,100! 68,98",  # the same, a long flag
        "26,12 34,0! 32,100; 0,98 66,102",  # short flag, wide foot
        "0,62 24,40 46,0! 38,100; 12,102 64,98",  # very long flag, foot
    ),
    2: (
        "4,20 18,2 46,4 52,26 30,56 14,96! 40,100",  # a short foot
        "6,22 20,3 42,2 56,18 52,40 32,66 4,98! 64,98",
        "6,24 24,2 50,6 56,30 36,68 14,93 3,94 7,84 20,84 38,95 66,98",  # loop at the foot
        "4,8 30,0 56,6 50,30! 4,98! 64,96",
        "10,30 8,12 28,0 50,12 48,40 26,76 2,98! 24,90 44,97 66,92",  # swan
        "6,18 28,0 56,14 50,44 22,76 10,94 32,97 66,92",  # round at the foot
        "6,20 28,0 50,14 42,44 16,78 8,94 20,99 34,94",  # hardly a foot
        "18,24 6,14 24,0 50,8 52,36 28,72 4,98! 62,100",  # curl at the head
        "4,4 56,2! 4,98! 62,98",  # like a z
        "8,22 22,2 46,4 52,26 36,60 10,92 2,82 14,76 34,92 66,96",  # small loop at the foot
        "10,18 32,0 52,18 42,52 14,92 4,82 18,72 40,90 68,88",  # round loop at the foot
        "6,14 30,0 48,16 34,44 4,76! 34,84 70,104",  # the foot sinks
        "2,6 46,2! 2,72! 30,82 68,102",  # like a z, the foot sinks
        "12,20 26,2 46,14 40,40 4,84! 68,80",  # a small head, a long flat foot
    ),
    3: (
        "6,12 30,0 54,14 48,38 22,47! 52,56 62,78 40,100 4,90",
        "6,10 34,0 54,18 42,42 24,49 22,44 46,50 62,74 42,99 4,92",  # loop in the middle
        "6,2 58,2! 26,40! 54,50 62,76 40,100 4,90",  # flat top
        "6,4 34,2 58,4! 28,42 52,54 58,80 34,100 4,94",  # flat top, no corner in the middle
        "10,20 14,4 38,0 52,20 36,42 20,48! 50,52 60,76 38,100 10,96 4,82",  # curled ends
        "4,6 40,2 52,22 26,46! 58,62 52,90 24,100 0,98",
        "6,14 26,0 52,12 42,36 22,46 40,54 56,72 42,94 12,100",  # the middle hardly drawn in
        "8,12 30,0 54,12 38,38 22,46! 48,52 52,68 34,90 2,102",  # a straight tail
        "2,6 52,2! 24,40! 62,48 70,74 40,98 2,88",  # flat top, wide below
        "6,10 40,0 56,14 22,40! 66,46 70,80 36,100 0,84",  # wide below
        "10,12 44,0 50,18 10,48 12,52! 46,46 52,66 22,90 0,84",  # leaning, a small belly
    ),
    4: (
        "16,0 4,54! 62,54; 46,26 42,100",  # open
        "8,0 4,36 12,52 34,54 54,46; 56,0 52,50 46,100",  # open and round, like a y
        "20,0 2,60! 64,58; 38,36 34,100",  # open, a short stem
        "26,0 4,64! 44,60; 40,42 36,100",  # open, narrow, a short bar
        "24,0 6,76! 42,58; 44,40 36,100",  # the same, the bar low
        "24,0 10,50 6,74 18,76 42,48! 36,100",  # the same in one stroke
        "12,0 12,66! 34,50; 38,34 40,100",  # the same, upright
        "22,0 4,74 16,82 34,68; 36,50 32,100",  # the same, round, hardly a stem
        "40,0 22,28 6,58 20,62 44,52; 44,36 38,66 34,100",  # open and round, a short bar
        "44,0 2,66! 68,66; 44,0 44,100",  # closed
        "40,0 4,56! 66,54; 42,28 38,100",  # half closed
        "64,66 2,66! 46,0! 44,100",  # closed, in one stroke
        "50,0 6,52! 46,52! 52,0! 46,100",  # closed, in one stroke, like a 9
        "14,0 6,50! 44,50! 54,10! 42,100",  # open, in one stroke
        "24,0 12,26 2,60 24,62 66,54; 46,24 36,100",
        "14,4 4,52! 38,52; 56,8 52,100",  # open, the strokes apart
        "10,0 4,46 10,54! 44,48; 60,0 58,50 52,100",  # the same, round
        "26,0 2,66! 36,64; 50,34 44,100",  # the same, a short stem
        "34,0 0,84! 70,80; 42,48 38,104",  # open, wide, the bar low
    ),
    5: (
        "16,4 10,44! 36,36 60,58 52,88 26,100 2,90; 16,4 64,2",  # two strokes
        "60,2 16,4! 10,44! 36,36 60,60 50,90 24,100 2,88",  # one stroke
        "58,4 22,4 12,30 38,44 56,68 38,97 4,92",  # like an s
        "14,14 12,46! 40,42 58,62 48,92 20,100 0,96; 20,8 70,0",  # a loose roof
        "18,2 14,36 14,48 38,46 54,64 44,92 8,98; 18,2 60,6",
        "58,0 14,2! 14,40 44,46 58,72 38,98 2,98",
        "14,18 12,46! 36,40 60,60 52,90 26,100 0,90; 22,0 70,2",  # the roof above, apart
        "18,20 12,44! 40,44 58,66 44,96 4,98; 34,4 70,0",  # the same, further right
        "22,14 8,44 34,44 62,62 54,92 24,100 0,92; 32,10 62,2",  # round, the roof apart
        "30,28 10,52 40,46 66,66 50,96 20,100 0,84; 20,6 62,2",  # the same, hardly a stem
        "62,2 10,6! 14,38! 48,32 70,60 48,98 4,88",  # squat, a wide belly
        "24,4 14,40! 52,34 68,64 40,100 4,90 4,74; 24,4 66,0",  # a wide belly, curled
        "68,0 28,4 12,34 34,48 46,70 24,96 2,86",  # like an s, slanted
    ),
    6: (
        "46,0 20,26 4,66 16,96 42,98 56,76 42,56 20,60 6,76",
        "60,10 44,0 18,20 4,64 20,98 50,94 56,70 36,56 12,68",  # curled start
        "36,0 12,42 4,76 18,99 46,94 52,70 34,58 10,74",
        "18,0 8,40 6,80 24,100 52,92 54,68 32,58 8,74",  # like a b
        "54,0 26,40 10,82 18,100 32,88 40,66 24,66 2,78",  # a small bowl, its end beyond the stem
        "52,0 20,30 4,70 24,100 56,88 54,64 30,62 22,78",  # the bowl is not closed
        "56,2 24,24 4,60 10,92 36,98 52,80 40,62 22,66 14,84 30,94",  # the bowl turns in
        "48,0 6,74! 12,98 40,98 50,76 34,62 8,76",  # a straight stem
        "30,0 8,82 26,100 50,86 46,66 24,64 10,80",  # the same, steep
    ),
    7: (
        "4,4 60,2! 24,100",
        "4,4 60,2! 24,100; 16,50 58,48",  # crossed
        "4,20 6,2! 60,2! 24,100",  # serif
        "4,20 6,2! 60,2! 24,100; 14,52 58,46",  # serif, crossed
        "4,6 32,5 60,2! 40,36 30,68 28,100",  # bent stem
        "4,6 32,5 60,2! 40,36 30,68 28,100; 10,54 56,48",  # bent stem, crossed
        "2,16 16,3 40,8 62,2! 34,50 24,100",  # wavy roof
        "2,16 16,3 40,8 62,2! 34,50 24,100; 12,56 58,44",  # wavy roof, crossed
        "2,10 36,2 56,12 44,50 28,100",  # round
        "6,14 20,2 46,2 54,20 46,60 30,100; 8,66 60,62",  # round, crossed low
        "6,10 24,2 54,4! 46,60 38,100; 12,70 10,58 24,60 60,62",  # crossed low, the bar with a hook
        "8,10 32,2 54,12 50,36 30,100; 8,78 4,64 24,60 64,64",  # the same, round
        "2,2 50,2! 42,100; 26,66 68,64",  # upright, crossed low and to the right
        "0,6 62,2! 46,34 34,100; 8,64 64,40",  # the bar slanted
        "0,6 48,0; 48,4 40,100; 22,58 66,54",  # crossed, the roof apart
        "2,4 58,0; 54,4 28,100",  # the roof apart
        "2,10 24,2 40,8 60,2! 28,100; 6,36 62,34",  # wavy roof, crossed high
    ),
    8: (
        "54,14 32,0 12,16 28,42 54,66 54,88 30,100 6,84 16,60 42,40 54,16",  # one stroke from the right
        "12,12 34,0 52,14 38,42 10,66 10,90 34,100 56,84 46,60 20,38 12,14",  # one stroke from the left
        "32,0 12,14 14,38 32,47 50,36 52,12 34,0; 32,47 8,62 8,88 32,100 56,86 56,60 32,47",  # two circles
        "58,8 34,2 14,16 26,40 52,64 50,92 24,100 6,82 24,56 62,22",  # open at the top
        "50,22 36,0 14,12 18,40 40,60 44,90 32,100 22,86 34,60 54,26",  # a small lower loop
        "6,28 12,6 32,6 42,36 34,80 20,100 10,86 24,56 62,6",  # like a ribbon
        "30,44 12,26 16,4 42,0 52,20 32,44 8,70 14,96 42,100 58,78 44,54 28,42",  # from the middle
        "62,2 44,26 12,64 10,92 34,100 54,84 40,56 14,34 16,10 38,2 54,14",  # from the end of a tail
        "64,14 30,2 8,20 28,44 56,72 40,98 12,84 24,56 70,6",  # open at the top, long ends
    ),
    9: (
        "52,14 30,0 6,20 12,46 36,46 54,14! 50,100",  # straight tail
        "52,14 30,0 6,20 12,46 36,46 54,14! 56,58 46,92 24,100 4,90",  # hooked tail
        "50,12 28,0 6,18 10,40 34,42 52,12! 54,60 50,90 28,102 6,92 14,78 40,70",  # like a g
        "52,14 30,0 6,20 12,46 40,44 54,20 46,62 18,100",  # tail to the left
        "44,10 24,2 8,16 18,34 40,28 46,8! 56,50 58,80 36,99 4,94",  # small head, round tail
        "44,6 26,2 20,14 34,22 46,12 38,6! 48,34 60,56 50,86 2,99",  # tiny head, a tail like a 3's
        "58,30 28,28 14,14 32,0 46,14 48,58 42,92 26,98 10,88",  # the head starts right of the tail
        "30,18 44,6 24,0 8,16 18,36 42,32 48,12 56,54 54,84 34,99 6,90",  # small head that starts inside
        "46,18 24,4 4,24 18,46 42,38 58,4! 52,100",  # badly closed
        "46,20 26,2 6,22 18,44 42,40 58,6! 56,64 40,98 6,96",  # badly closed, hooked
        "34,0 8,12 8,38 32,48 50,34 50,10 34,0; 54,6 52,100",  # two strokes
        "34,0 8,12 8,38 32,48 50,34 50,10 34,0 52,12 56,60 42,96 10,98",  # round all along
        "56,10 34,0 8,16 12,40 40,40 56,10! 50,60 52,96 66,96",  # like a q
        "52,4 20,2 4,22 20,40 46,28 56,4! 40,100",  # the head flat, a straight tail
        "50,8 24,0 8,20 22,40 44,28 52,4! 20,102",  # a slanted straight tail
        "42,14 20,6 6,24 14,40 36,30 46,12! 56,40 58,100",  # an open head, the tail to the right
        "40,22 44,4 14,6 4,30 22,38 46,14! 50,60 42,100",  # a small open head
    ),
}
"""Templates in the notation of `handwriting`, x 0…70, y 0…100."""

_TEMPLATES = {digit: [template(style) for style in styles] for digit, styles in STYLES.items()}


def write(digit: int, rng: np.random.Generator) -> Strokes:
    """Write a digit once, in a style and with inaccuracies drawn from `rng`; x right, y down, about 100 high."""
    styles = _TEMPLATES[digit]
    return by_hand(styles[rng.integers(len(styles))], rng)


def generate(count: int, *, seed: int) -> tuple[Gray, Gray]:
    """Write `count` digits, as many of each as possible, in random order.

    Returns:
        (count, 28, 28) uint8 pictures as from `strokes.rasterize`, and (count,) uint8 labels.
    """
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.arange(count) % 10).astype(np.uint8)
    images = np.zeros((count, SIDE, SIDE), np.uint8)
    for image, digit in zip(images, labels.tolist(), strict=True):
        image[:] = rasterize(write(digit, rng), width=rng.uniform(*WIDTHS))
    return images, labels
