"""Doodles whose parts are drawn by lot: each function returns a template that differs every time."""

from collections.abc import Callable

import numpy as np

from mnist_core.data.geometry import circle, curve, directions, lines, polyline, turned, upright
from mnist_core.data.handwriting import Rng, Template


def face(rng: Rng) -> Template:
    """An outline, eyes and a mouth that laughs or weeps; sometimes a nose or hair."""
    drawn = circle(rng, 50, 50, rng.uniform(44, 52, 2)) if rng.random() < 0.85 else []
    apart, high = rng.uniform(14, 22), rng.uniform(28, 42)
    eye = rng.integers(3)
    for x in (50 - apart, 50 + apart):
        if eye == 0:
            drawn += lines(np.array([[[x, high], [x + 1, high + rng.uniform(2, 12)]]]))
        elif eye == 1:
            drawn += circle(rng, x, high, rng.uniform(4, 8))
        else:
            drawn += curve(np.array([[x - 7, high + 4], [x, high - 3], [x + 7, high + 4]]))
    wide, deep, low = rng.uniform(14, 28), rng.choice([-12, 0, 8, 14, 18]), rng.uniform(66, 72)
    drawn += curve(np.array([[50 - wide, low], [50, low + deep], [50 + wide, low]]))
    if rng.random() < 0.4:
        drawn += curve(np.array([[50, 44], [46, 56], [53, 58]]))
    if rng.random() < 0.4:
        hairs = directions(np.linspace(-1, 1, int(rng.integers(4, 10))) * rng.uniform(0.12, 0.4))
        drawn += lines(50 + np.stack([rng.uniform(40, 50) * hairs, rng.uniform(56, 74) * hairs], axis=1))
    return drawn


def cat(rng: Rng) -> Template:
    """A cat's head, with or without whiskers."""
    drawn = circle(rng, 50, 56, rng.uniform(38, 48, 2))
    drawn += polyline(np.array([[12, 40], [10, 0], [38, 18]])) + polyline(np.array([[62, 18], [90, 0], [88, 40]]))
    drawn += lines(np.array([[[34, 44], [35, 50]], [[66, 44], [67, 50]]]))
    drawn += polyline(np.array([[40, 76], [50, 64], [60, 76]]))
    if rng.random() < 0.6:
        whiskers = np.array([[[30, 62], [-8, 56]], [[30, 68], [-6, 74]]])
        drawn += lines(np.concatenate([whiskers, whiskers * [-1, 1] + [100, 0]]))
    return drawn


def sun(rng: Rng) -> Template:
    """A circle with seven to fourteen rays."""
    count = int(rng.integers(7, 15))
    ray = directions(np.arange(count) / count)
    inner = rng.uniform(22, 34)
    shine = lines(50 + np.stack([inner * ray, rng.uniform(48, 62) * ray], axis=1))
    return circle(rng, 50, 50, inner - rng.uniform(0, 8)) + shine


def flower(rng: Rng) -> Template:
    """Petals around a circle; often a stalk and leaves."""
    count = int(rng.integers(4, 8))
    drawn = circle(rng, 50, 40, rng.uniform(8, 14))
    for x, y in rng.uniform(22, 28) * directions(np.arange(count) / count + rng.uniform(0, 1)):
        drawn += circle(rng, 50 + x, 40 + y, rng.uniform(9, 14))
    if rng.random() < 0.6:
        drawn += curve(np.array([[50, 66], [52, 90], [50, 120]]))
        drawn += curve(np.array([[51, 104], [66, 88], [80, 92], [66, 104], [51, 106]]))
    return drawn


def star(rng: Rng) -> Template:
    """Five points in one stroke, sometimes in a circle; or the outline of four to eight points."""
    if rng.random() < 0.5:
        pentagram = polyline(50 + 50 * directions(0.4 * np.arange(6)))
        return pentagram + (circle(rng, 50, 50, 54) if rng.random() < 0.15 else [])
    tips = int(rng.choice([4, 5, 5, 6, 7, 8]))
    outline = 50 + 50 * directions(np.arange(2 * tips + 1) / (2 * tips))
    outline[1::2] = 50 + (outline[1::2] - 50) * rng.uniform(0.35, 0.5)
    return polyline(outline)


def rays(rng: Rng) -> Template:
    """An asterisk: three to six lines through one point."""
    count = int(rng.integers(3, 7))
    ray = 50 * directions(np.arange(count) / (2 * count) + rng.uniform(0, 0.1))
    return lines(50 + np.stack([-ray, ray], axis=1))


def rings(rng: Rng) -> Template:
    """Two to four concentric circles."""
    count = int(rng.integers(2, 5))
    return [stroke for i in range(count) for stroke in circle(rng, 50, 50, 50 * (i + 1) / count)]


def circle_and_cross(rng: Rng) -> Template:
    """A circle with an upright or a diagonal cross inside, or divided like a cake."""
    reach = rng.uniform(40, 60)
    ray = reach * np.array([[1, 0], [0, 1]])
    cross = turned(lines(50 + np.stack([-ray, ray], axis=1)), rng.choice([0, np.pi / 4]))
    return circle(rng, 50, 50, 50) + cross


def circles(rng: Rng) -> Template:
    """Three to six circles beside each other, apart or linked, in a line or up and down."""
    step, down = rng.uniform(28, 56), rng.choice([0, 26])
    return [stroke for i in range(rng.integers(3, 7)) for stroke in circle(rng, step * i, 50 + down * (i % 2), 24)]


def stairs(rng: Rng) -> Template:
    """Three to six steps, up or down, wider than high: steep ones would be a slash."""
    steps = int(rng.integers(3, 7))
    corners = np.repeat(np.arange(steps + 1) / steps, 2)
    path = np.stack([140 * corners[1:], 100 * corners[:-1]], axis=1)
    return polyline(path * [1, -1] + [0, 100] if rng.random() < 0.5 else path)


def ladder(rng: Rng) -> Template:
    """Two rails and three to seven rungs, upright or lying."""
    rungs = upright(np.linspace(10, 100, rng.integers(3, 8)), 0, 40)[..., ::-1]
    drawn = lines(np.concatenate([upright(np.array([0.0, 40.0]), 0, 110), rungs]))
    return turned(drawn, rng.choice([0, np.pi / 2, rng.uniform(-0.5, 0.5)]))


def grid(rng: Rng) -> Template:
    """Two to five lines across two to five others."""
    ends = [upright((np.arange(count) + 0.5) * 100 / count) for count in rng.integers(2, 6, 2)]
    return turned(lines(np.concatenate([ends[0], ends[1][..., ::-1]])), rng.choice([0, 0, np.pi / 4]))


def bars(rng: Rng) -> Template:
    """Four to nine parallel lines, like a bar code or a tally; sometimes a line through them."""
    count = int(rng.integers(4, 10))
    at = np.linspace(0, rng.uniform(60, 130), count)
    drawn = lines(upright(at, rng.uniform(0, 14, count), rng.uniform(84, 100, count)))
    if rng.random() < 0.4:
        drawn += polyline(np.array([[-12, 84], [at[-1] + 12, 20]]))
    return turned(drawn, rng.choice([0, np.pi / 2, rng.uniform(-0.6, 0.6)]))


DOODLES: dict[str, Callable[[Rng], Template]] = {
    "face": face,
    "cat": cat,
    "sun": sun,
    "flower": flower,
    "star": star,
    "rays": rays,
    "rings": rings,
    "circle-and-cross": circle_and_cross,
    "circles": circles,
    "stairs": stairs,
    "ladder": ladder,
    "grid": grid,
    "bars": bars,
}
"""By name."""
