"""Strokes → pictures such as people upload: photographs of paper, scans of forms, drawings with a frame.

Each kind in `KINDS` is one difficulty. A digit is drawn with a pen of random width, anywhere in a picture of random
size, and the picture is encoded as a file.
"""

import io
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy
from PIL import Image, ImageDraw

from mnist_core.drawing.strokes import Strokes, rasterize

Rng = np.random.Generator
Light = npt.NDArray[np.float64]
"""(H, W), 0 black to 1 white."""


def encoded(light: Light, format: str = "PNG", **options: Any) -> bytes:
    """As a file in grey."""
    return _file(Image.fromarray(np.rint(255 * np.clip(light, 0, 1)).astype(np.uint8)), format, **options)


def _file(picture: Image.Image, format: str = "PNG", **options: Any) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, format, **options)
    return buffer.getvalue()


def pen(strokes: Strokes, rng: Rng, *, margin: float = 0.08, height: tuple[float, float] = (0.3, 0.8)) -> Light:
    """Draw a digit anywhere in a picture of random size; (H, W), 1 where the ink is.

    Args:
        strokes: the digit.
        margin: the least distance to the picture's edges, as a share of its shorter side.
        height: the range of the digit's longest side, as a share of the picture's shorter side.
    """
    shape = rng.integers(220, 520, 2)
    return _draw(strokes, (int(shape[0]), int(shape[1])), rng, margin, height)


def _draw(
    strokes: Strokes, shape: tuple[int, int], rng: Rng, margin: float, height: tuple[float, float], places: Any = None
) -> Light:
    points = np.concatenate([np.asarray(stroke, float) for stroke in strokes])
    low, extent = points.min(axis=0), np.ptp(points, axis=0)
    shorter = min(shape)
    longest = rng.uniform(*height) * shorter
    scale = longest / max(float(extent.max()), 1e-9)
    size = extent * scale
    room = np.array([shape[1], shape[0]]) - size
    edge = np.minimum(margin * shorter, room / 2)
    start = edge + (rng.random(2) if places is None else places) * (room - 2 * edge)
    width = longest * rng.uniform(0.04, 0.14)
    fine = 3
    picture = Image.new("L", (shape[1] * fine, shape[0] * fine))
    draw = ImageDraw.Draw(picture)
    radius = width * fine / 2
    for stroke in strokes:
        path = [tuple(((np.asarray(point) - low) * scale + start) * fine) for point in stroke]
        draw.line(path, fill=255, width=max(1, round(2 * radius)), joint="curve")
        for x, y in (path[0], path[-1]):
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
    return np.asarray(picture.resize((shape[1], shape[0]), Image.Resampling.BOX), np.float64) / 255


def on_paper(ink: Light, rng: Rng, *, dark: tuple[float, float] = (0.6, 0.9)) -> Light:
    """Dark ink on light, slightly grained paper."""
    paper = rng.uniform(0.75, 0.98)
    grain = rng.normal(0, 0.01, ink.shape)
    return np.asarray(paper * (1 - rng.uniform(*dark) * ink) + grain)


def _ramp(shape: tuple[int, ...], rng: Rng) -> Light:
    """A plane in a random direction, 0 at one end of the picture and 1 at the other."""
    angle = rng.uniform(0, 2 * np.pi)
    y, x = np.mgrid[-1 : 1 : shape[0] * 1j, -1 : 1 : shape[1] * 1j]
    along = x * np.cos(angle) + y * np.sin(angle)
    return np.asarray((along - along.min()) / np.ptp(along))


def plain(strokes: Strokes, rng: Rng) -> bytes:
    """Dark ink on even paper."""
    return encoded(on_paper(pen(strokes, rng), rng))


def light_on_dark(strokes: Strokes, rng: Rng) -> bytes:
    """Light ink on an even dark ground."""
    return encoded(rng.uniform(0.0, 0.25) + rng.uniform(0.5, 0.75) * pen(strokes, rng))


def shadow(strokes: Strokes, rng: Rng) -> bytes:
    """A shadow over a part of the paper, with a soft edge."""
    light = on_paper(pen(strokes, rng), rng)
    edge = rng.uniform(0.25, 0.75) + rng.uniform(0, 0.12) * np.sin(6 * _ramp(light.shape, rng))
    cover = scipy.special.expit((_ramp(light.shape, rng) - edge) / rng.uniform(0.003, 0.05))
    return encoded(light * (1 - rng.uniform(0.3, 0.65) * cover), "JPEG", quality=85)


def gradient(strokes: Strokes, rng: Rng) -> bytes:
    """90 levels from one side of the paper to the other."""
    light = on_paper(pen(strokes, rng), rng)
    return encoded(light - 90 / 255 * _ramp(light.shape, rng))


def vignette(strokes: Strokes, rng: Rng) -> bytes:
    """Corners with a third to two thirds of the light in the middle."""
    light = on_paper(pen(strokes, rng), rng)
    y, x = np.mgrid[-1 : 1 : light.shape[0] * 1j, -1 : 1 : light.shape[1] * 1j]
    centre = rng.uniform(-0.3, 0.3, 2)
    far = ((x - centre[0]) ** 2 + (y - centre[1]) ** 2) / 2
    return encoded(light * (1 - rng.uniform(0.35, 0.65) * np.clip(far, 0, 1)), "JPEG", quality=85)


def _lines(shape: tuple[int, ...], every: float, width: float, rng: Rng, axis: int) -> Light:
    """Lines across the picture, slightly turned; 1 where they are."""
    y, x = np.mgrid[0 : shape[0], 0 : shape[1]]
    turned = rng.normal(0, 0.01)
    along = (y + turned * x if axis == 0 else x + turned * y) + rng.uniform(0, every)
    distance = np.abs((along + every / 2) % every - every / 2)
    return np.asarray(np.clip(width / 2 + 0.5 - distance, 0, 1))


def ruled(strokes: Strokes, rng: Rng) -> bytes:
    """Lines across the paper, weaker than the ink."""
    ink = pen(strokes, rng)
    lines = _lines(ink.shape, min(ink.shape) * rng.uniform(0.12, 0.3), rng.uniform(1, 3), rng, 0)
    return encoded(on_paper(ink, rng) * (1 - rng.uniform(0.15, 0.5) * lines), "JPEG", quality=85)


def squared(strokes: Strokes, rng: Rng) -> bytes:
    """Squares on the paper, weaker than the ink."""
    ink = pen(strokes, rng)
    every, width = min(ink.shape) * rng.uniform(0.08, 0.25), rng.uniform(1, 2.5)
    lines = np.maximum(_lines(ink.shape, every, width, rng, 0), _lines(ink.shape, every, width, rng, 1))
    return encoded(on_paper(ink, rng) * (1 - rng.uniform(0.12, 0.4) * lines), "JPEG", quality=85)


def form_box(strokes: Strokes, rng: Rng) -> bytes:
    """A digit inside a form's box, whose dark lines are in view; now and then it comes near them."""
    shape = (int(rng.integers(110, 260)), int(rng.integers(130, 320)))
    ink = _draw(strokes, shape, rng, 0.07, (0.45, 0.88))
    y, x = np.mgrid[0 : shape[0], 0 : shape[1]]
    width, box = rng.uniform(2, 6), np.zeros(shape)
    for axis, (across, along) in enumerate(((y, x), (x, y))):
        for far in (False, True):
            place = rng.uniform(0.0, 0.045) * shape[axis]
            place = shape[axis] - 1 - place if far else place
            distance = np.abs(across + rng.normal(0, 0.006) * along - place)
            box = np.maximum(box, np.clip(width / 2 + 0.5 - distance, 0, 1))
    light = on_paper(ink, rng, dark=(0.35, 0.9))
    return encoded(np.minimum(light, 1 - rng.uniform(0.7, 0.95) * box))


def noise(strokes: Strokes, rng: Rng) -> bytes:
    """The noise of a camera in bad light."""
    light = on_paper(pen(strokes, rng), rng)
    return encoded(light * rng.uniform(0.5, 1) + rng.normal(0, rng.uniform(0.04, 0.09), light.shape))


def jpeg_40(strokes: Strokes, rng: Rng) -> bytes:
    """JPEG of quality 40."""
    return encoded(on_paper(pen(strokes, rng), rng), "JPEG", quality=40)


def pencil(strokes: Strokes, rng: Rng) -> bytes:
    """Pale, grained ink."""
    ink = pen(strokes, rng)
    grain = np.clip(rng.normal(0.8, 0.3, ink.shape), 0, 1)
    return encoded(on_paper(ink * grain, rng, dark=(0.2, 0.4)) + rng.normal(0, 0.015, ink.shape), "JPEG", quality=85)


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
    return _file(Image.fromarray(rgba))


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
    return _file(Image.fromarray(canvas).resize((28, 28), Image.Resampling.BILINEAR))


def dirt(strokes: Strokes, rng: Rng) -> bytes:
    """Specks, and another mark that the picture's edge cuts off."""
    ink = pen(strokes, rng, margin=0.15, height=(0.35, 0.65))
    height, width = ink.shape
    picture = Image.fromarray(np.rint(255 * ink).astype(np.uint8))
    draw = ImageDraw.Draw(picture)
    for _ in range(rng.integers(2, 12)):
        x, y, radius = rng.uniform(0, width), rng.uniform(0, height), rng.uniform(0.5, 2.5)
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
    start, end = rng.uniform(0.1, 0.9, 2) * height
    x = 0 if rng.random() < 0.5 else width - 1
    draw.line([(x, start), (abs(x - 0.05 * width), (start + end) / 2), (x, end)], fill=255, width=6)
    return encoded(on_paper(np.asarray(picture, np.float64) / 255, rng), "JPEG", quality=85)


def snapshot(strokes: Strokes, rng: Rng) -> bytes:
    """Ruled paper, a shadow, noise and JPEG together."""
    ink = pen(strokes, rng)
    lines = _lines(ink.shape, min(ink.shape) * rng.uniform(0.12, 0.3), rng.uniform(1, 2), rng, 0)
    light = on_paper(ink, rng) * (1 - rng.uniform(0.15, 0.35) * lines)
    cover = scipy.special.expit((_ramp(ink.shape, rng) - rng.uniform(0.25, 0.75)) / rng.uniform(0.01, 0.08))
    light = light * (1 - rng.uniform(0.2, 0.5) * cover) + rng.normal(0, 0.02, ink.shape)
    return encoded(scipy.ndimage.gaussian_filter(light, rng.uniform(0, 1.2)), "JPEG", quality=60)


KINDS: dict[str, Callable[[Strokes, Rng], bytes]] = {
    "plain": plain,
    "light on dark": light_on_dark,
    "shadow": shadow,
    "gradient of 90 levels": gradient,
    "vignette": vignette,
    "ruled paper": ruled,
    "squared paper": squared,
    "form box": form_box,
    "noise": noise,
    "JPEG 40": jpeg_40,
    "pencil": pencil,
    "dark desk": desk,
    "frame of 1 pixel": partial(frame, width=1),
    "frame of 3 pixels": partial(frame, width=3),
    "enlarged 28×28": enlarged,
    "enlarged, with edges": partial(enlarged, edge=True),
    "transparent ground": transparent,
    "28×28, edge to edge": filled,
    "specks and cut marks": dirt,
    "ruled, shadow, noise": snapshot,
}
"""Name → a digit's strokes as the bytes of a picture file."""
