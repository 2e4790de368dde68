"""Strokes → pictures such as people upload: photographs of paper, scans of forms, drawings with a frame.

Each kind in `KINDS` is one difficulty. A digit is drawn with a pen of random width, anywhere in a picture of random
size, and the picture is encoded as a file.
"""

from collections.abc import Callable
from functools import partial

import numpy as np
import scipy
from PIL import Image, ImageDraw

from mnist_core.benchmarks.papers import PAPERS, encoded, file, on_paper
from mnist_core.benchmarks.pens import Rng, draw, pen
from mnist_core.drawing.strokes import Strokes, rasterize


def on(paper: str, strokes: Strokes, rng: Rng) -> bytes:
    """A digit on a kind of paper."""
    return PAPERS[paper](pen(strokes, rng), rng)


def form_box(strokes: Strokes, rng: Rng) -> bytes:
    """A digit that fills a form's box."""
    shape = (int(rng.integers(110, 260)), int(rng.integers(130, 320)))
    return PAPERS["form box"](draw(strokes, shape, rng, 0.07, (0.45, 0.88)), rng)


def desk(strokes: Strokes, rng: Rng) -> bytes:
    """A sheet on a dark desk, which is seen on one to four sides."""
    light = on_paper(pen(strokes, rng, margin=0.16, height=(0.3, 0.6)), rng)
    cover = np.zeros(light.shape, bool)
    sides = rng.permutation(4)[: rng.integers(1, 5)]
    y, x = np.mgrid[0 : 1 : light.shape[0] * 1j, 0 : 1 : light.shape[1] * 1j]
    for side in sides:
        across, along = ((y, x), (1 - y, x), (x, y), (1 - x, y))[side]
        cover |= across + rng.normal(0, 0.04) * along < rng.uniform(0.03, 0.13)
    wood = rng.uniform(0.05, 0.4) + scipy.ndimage.gaussian_filter(rng.normal(0, 0.3, light.shape), (1, 12))
    return encoded(scipy.ndimage.gaussian_filter(np.where(cover, wood, light), 0.7), "JPEG", quality=85)


def frame(strokes: Strokes, rng: Rng, *, width: int) -> bytes:
    """A frame around the picture in the colour of the ink, dark or light."""
    ink = pen(strokes, rng)
    ink[:width] = ink[-width:] = 1
    ink[:, :width] = ink[:, -width:] = 1
    return encoded(1 - ink if rng.random() < 0.5 else ink)


def enlarged(strokes: Strokes, rng: Rng, *, edge: bool = False) -> bytes:
    """A 28×28 image, enlarged with or without smoothing; an edge of the ink's colour may remain around it."""
    side = int(28 * rng.uniform(4, 14))
    small = Image.fromarray(rasterize(strokes, width=rng.uniform(1.6, 3.2)))
    smoothing = (Image.Resampling.NEAREST, Image.Resampling.BILINEAR, Image.Resampling.BICUBIC)[rng.integers(3)]
    ink = np.asarray(small.resize((side, side), smoothing), np.float64) / 255
    if edge:
        ink = np.pad(ink, [tuple(rng.integers(0, 4, 2)), tuple(rng.integers(0, 4, 2))], constant_values=1)
    light = ink if edge or rng.random() < 0.5 else 1 - ink
    return encoded(light, "JPEG", quality=90)


def transparent(strokes: Strokes, rng: Rng) -> bytes:
    """Ink of any colour on nothing."""
    ink = pen(strokes, rng)
    colour = [(0, 0, 0), (255, 255, 255), (30, 60, 160), (250, 230, 120)][rng.integers(4)]
    rgba = np.zeros((*ink.shape, 4), np.uint8)
    rgba[..., :3] = colour
    rgba[..., 3] = np.rint(255 * ink)
    return file(Image.fromarray(rgba))


def filled(strokes: Strokes, rng: Rng) -> bytes:
    """28×28 with the digit from edge to edge, as an enlarged picture of USPS is."""
    large = np.asarray(Image.fromarray(rasterize(strokes, width=rng.uniform(2, 3))).resize((112, 112)))
    rows, columns = np.nonzero(large)
    crop = large[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    height = 16
    width = int(np.clip(round(16 * crop.shape[1] / crop.shape[0] * rng.uniform(0.9, 1.2)), 4, 16))
    canvas = np.zeros((16, 16), np.uint8)
    left = (16 - width) // 2
    canvas[:, left : left + width] = np.asarray(Image.fromarray(crop).resize((width, height), Image.Resampling.BOX))
    return file(Image.fromarray(canvas).resize((28, 28), Image.Resampling.BILINEAR))


def dirt(strokes: Strokes, rng: Rng) -> bytes:
    """Specks, and another mark that the picture's edge cuts off."""
    ink = pen(strokes, rng, margin=0.15, height=(0.35, 0.65))
    height, width = ink.shape
    picture = Image.fromarray(np.rint(255 * ink).astype(np.uint8))
    brush = ImageDraw.Draw(picture)
    for _ in range(rng.integers(2, 12)):
        x, y, radius = rng.uniform(0, width), rng.uniform(0, height), rng.uniform(0.5, 2.5)
        brush.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
    start, end = rng.uniform(0.1, 0.9, 2) * height
    x = 0 if rng.random() < 0.5 else width - 1
    brush.line([(x, start), (abs(x - 0.05 * width), (start + end) / 2), (x, end)], fill=255, width=6)
    return encoded(on_paper(np.asarray(picture, np.float64) / 255, rng), "JPEG", quality=85)


KINDS: dict[str, Callable[[Strokes, Rng], bytes]] = {
    **{name: partial(on, name) for name in PAPERS},
    "form box": form_box,
    "dark desk": desk,
    "frame of 1 pixel": partial(frame, width=1),
    "frame of 3 pixels": partial(frame, width=3),
    "enlarged 28×28": enlarged,
    "enlarged, with edges": partial(enlarged, edge=True),
    "transparent ground": transparent,
    "28×28, edge to edge": filled,
    "specks and cut marks": dirt,
}
"""Name → a digit's strokes as the bytes of a picture file."""
