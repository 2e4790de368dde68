"""Ink → pictures of the paper that it is written on: photographs and scans in any light.

Each kind in `PAPERS` is one difficulty. The picture is encoded as a file.
"""

import io
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy
from PIL import Image, ImageDraw

from mnist_core.benchmarks.pens import Light, Rng


def encoded(light: Light, format: str = "PNG", **options: Any) -> bytes:
    """As a file in grey."""
    return file(Image.fromarray(np.rint(255 * np.clip(light, 0, 1)).astype(np.uint8)), format, **options)


def file(picture: Image.Image, format: str = "PNG", **options: Any) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, format, **options)
    return buffer.getvalue()


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


def plain(ink: Light, rng: Rng) -> bytes:
    """Dark ink on even paper."""
    return encoded(on_paper(ink, rng))


def light_on_dark(ink: Light, rng: Rng) -> bytes:
    """Light ink on an even dark ground."""
    return encoded(rng.uniform(0.0, 0.25) + rng.uniform(0.5, 0.75) * ink)


def shadow(ink: Light, rng: Rng) -> bytes:
    """A shadow over a part of the paper, with a soft edge."""
    light = on_paper(ink, rng)
    edge = rng.uniform(0.25, 0.75) + rng.uniform(0, 0.12) * np.sin(6 * _ramp(light.shape, rng))
    cover = scipy.special.expit((_ramp(light.shape, rng) - edge) / rng.uniform(0.003, 0.05))
    return encoded(light * (1 - rng.uniform(0.3, 0.65) * cover), "JPEG", quality=85)


def gradient(ink: Light, rng: Rng) -> bytes:
    """90 levels from one side of the paper to the other."""
    light = on_paper(ink, rng)
    return encoded(light - 90 / 255 * _ramp(light.shape, rng))


def vignette(ink: Light, rng: Rng) -> bytes:
    """Corners with a third to two thirds of the light in the middle."""
    light = on_paper(ink, rng)
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


def ruled(ink: Light, rng: Rng) -> bytes:
    """Lines across the paper, weaker than the ink."""
    lines = _lines(ink.shape, min(ink.shape) * rng.uniform(0.12, 0.3), rng.uniform(1, 3), rng, 0)
    return encoded(on_paper(ink, rng) * (1 - rng.uniform(0.15, 0.5) * lines), "JPEG", quality=85)


def squared(ink: Light, rng: Rng) -> bytes:
    """Squares on the paper, weaker than the ink."""
    every, width = min(ink.shape) * rng.uniform(0.08, 0.25), rng.uniform(1, 2.5)
    lines = np.maximum(_lines(ink.shape, every, width, rng, 0), _lines(ink.shape, every, width, rng, 1))
    return encoded(on_paper(ink, rng) * (1 - rng.uniform(0.12, 0.4) * lines), "JPEG", quality=85)


def margin_line(ink: Light, rng: Rng) -> bytes:
    """An upright line beside the ink from the top to the bottom of the paper, as dark as the ink or weaker."""
    wide = np.pad(ink, [(0, 0), (ink.shape[0] // 2, 0)])
    place = rng.uniform(0.05, 0.4) * ink.shape[0]
    line = np.abs(np.arange(wide.shape[1]) - place + rng.normal(0, 0.01) * np.arange(len(ink))[:, None])
    return encoded(on_paper(wide, rng) * (1 - rng.uniform(0.3, 0.8) * np.clip(rng.uniform(1, 2.5) - line, 0, 1)))


def form_box(ink: Light, rng: Rng) -> bytes:
    """The dark lines of a form's box along the picture's edges; now and then the ink comes near them."""
    shape = ink.shape
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


def noise(ink: Light, rng: Rng) -> bytes:
    """The noise of a camera in bad light."""
    light = on_paper(ink, rng)
    return encoded(light * rng.uniform(0.5, 1) + rng.normal(0, rng.uniform(0.04, 0.09), light.shape))


def jpeg_40(ink: Light, rng: Rng) -> bytes:
    """JPEG of quality 40."""
    return encoded(on_paper(ink, rng), "JPEG", quality=40)


def pencil(ink: Light, rng: Rng) -> bytes:
    """Pale, grained ink."""
    grain = np.clip(rng.normal(0.8, 0.3, ink.shape), 0, 1)
    return encoded(on_paper(ink * grain, rng, dark=(0.2, 0.4)) + rng.normal(0, 0.015, ink.shape), "JPEG", quality=85)


def snapshot(ink: Light, rng: Rng) -> bytes:
    """Ruled paper, a shadow, noise and JPEG together."""
    lines = _lines(ink.shape, min(ink.shape) * rng.uniform(0.12, 0.3), rng.uniform(1, 2), rng, 0)
    light = on_paper(ink, rng) * (1 - rng.uniform(0.15, 0.35) * lines)
    cover = scipy.special.expit((_ramp(ink.shape, rng) - rng.uniform(0.25, 0.75)) / rng.uniform(0.01, 0.08))
    light = light * (1 - rng.uniform(0.2, 0.5) * cover) + rng.normal(0, 0.02, ink.shape)
    return encoded(scipy.ndimage.gaussian_filter(light, rng.uniform(0, 1.2)), "JPEG", quality=60)


def drawn_box(ink: Light, rng: Rng) -> bytes:
    """A box drawn around the ink, with paper outside; now and then the ink touches it."""
    rows, columns = np.nonzero(ink > 0.5)
    size = max(np.ptp(rows), np.ptp(columns))
    pad = int(0.8 * size)
    low, high = np.array([columns.min(), rows.min()]) + pad, np.array([columns.max(), rows.max()]) + pad
    low, high = (
        each + sign * np.maximum(rng.uniform(-0.03, 0.3, 2), 0) * size for each, sign in ((low, -1), (high, 1))
    )
    corners = np.array([low, (high[0], low[1]), high, (low[0], high[1])]) + rng.normal(0, 0.008 * size, (4, 2))
    box = Image.new("L", (ink.shape[1] + 2 * pad, ink.shape[0] + 2 * pad))
    path = [tuple(corner) for corner in [*corners.tolist(), corners[0].tolist()]]
    ImageDraw.Draw(box).line(path, 255, int(rng.integers(2, 6)), "curve")
    both = np.maximum(rng.uniform(0.6, 1) * np.pad(ink, pad), np.asarray(box) / 255)
    left, top = (low - rng.uniform(0.06, 0.4, 2) * size).astype(int)
    right, bottom = (high + rng.uniform(0.06, 0.4, 2) * size).astype(int)
    return encoded(on_paper(both[top:bottom, left:right], rng))


def sheet_on_desk(ink: Light, rng: Rng) -> bytes:
    """A turned sheet on a darker desk, which is seen on all four sides."""
    sheet = Image.fromarray(on_paper(ink, rng).astype(np.float32))
    angle = rng.uniform(-15, 15)
    cover = Image.new("L", sheet.size, 255).rotate(angle, expand=True)
    sheet = sheet.rotate(angle, Image.Resampling.BILINEAR, expand=True)
    left, top, right, bottom = (rng.uniform(0.05, 0.4, 4) * max(sheet.size)).astype(int).tolist()
    shape = (sheet.height + top + bottom, sheet.width + left + right)
    wood = rng.uniform(0.1, 0.5) + scipy.ndimage.gaussian_filter(rng.normal(0, 0.3, shape), (1, 12))
    desk = Image.fromarray(wood.astype(np.float32))
    desk.paste(sheet, (left, top), cover)
    return encoded(scipy.ndimage.gaussian_filter(np.asarray(desk), 0.7), "JPEG", quality=85)


Paper = Callable[[Light, Rng], bytes]
"""Ink, (H, W), 1 where it is → the bytes of a picture file."""
PAPERS: dict[str, Paper] = {
    "plain": plain,
    "light on dark": light_on_dark,
    "shadow": shadow,
    "gradient of 90 levels": gradient,
    "vignette": vignette,
    "ruled paper": ruled,
    "squared paper": squared,
    "margin line": margin_line,
    "form box": form_box,
    "noise": noise,
    "JPEG 40": jpeg_40,
    "pencil": pencil,
    "ruled, shadow, noise": snapshot,
    "box on paper": drawn_box,
    "sheet on a desk": sheet_on_desk,
}
