"""Ink on uneven ground: a grey picture → how much ink each pixel has, whatever the light.

The ground is what remains when everything narrower than the largest stroke is filled up (a grey closing, Haralick et
al. 1987). Ink is what is darker than this ground, as a share of it, so a shadow that darkens both changes nothing.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
import scipy
from PIL import Image

Ink = npt.NDArray[np.float32]
"""(H, W), 0 ground to 1 ink. From 0.5, a pixel counts as ink."""

SIDE = 320
"""Pixels of the longer side at which the ground is measured."""
WIDEST = 0.18
"""The widest stroke, as a share of the longer side."""
SMOOTH = 0.7
"""The width of the smoothing against noise, in pixels of a picture with `SIDE`."""
POLARITY_SIDE = 64
"""Pixels of the longer side at which polarity is judged."""
AROUND = 0.4
"""The size of a place's surroundings, as a share of the longer side."""
WHOLE = 0.3
"""The weight of the whole picture's vote on polarity; that of what stands out is 1."""
INKED, INKED_BORDER = 0.6, 0.35
"""The largest shares of the picture and of its border that ink covers on even ground."""
EXACT = 0.004
"""A ground whose lighter half differs less has no grain: it is no photograph, and ink may be of any width."""
UNEVEN = 0.2
"""The largest difference within an even ground, as a share of its distance from the ink."""
THICKEST, THICKEST_IN_CORNER = 0.2, 0.09
"""The largest radius of ink on even ground, as a share of the longer side; where a corner is dark, it may be shadow."""
TINY = 40
"""A picture with no longer side than this is no photograph: its ground counts as even."""
CORNER = 0.12
"""The side of a corner, as a share of the longer side."""
EVEN = 0.02
"""A picture whose values differ less, as a share of the largest one, is empty."""
NOISE = 8
"""Marks stand out from the ground by more than so many times the difference between neighbouring pixels."""
FAINTEST = 0.12
"""The least ink as a share of the ground; paler marks are the paper's own grain."""


def share(gray: npt.NDArray[Any], *, light_on_dark: bool) -> Ink:
    """(H, W) grey values → (H, W) float32, how much darker than the ground each pixel is, 0 to 1.

    Args:
        gray: any range.
        light_on_dark: whether light counts as ink.
    """
    if np.ptp(gray) <= EVEN * gray.max():
        return np.zeros(gray.shape, np.float32)
    light = _oriented(gray, light_on_dark)
    even = _even_ground(_reduced(light))
    if even is not None:
        return _share(light, even)
    light = scipy.ndimage.gaussian_filter(light, SMOOTH * max(gray.shape) / SIDE)
    ground = Image.fromarray(_ground(_reduced(light))).resize(light.shape[::-1], Image.Resampling.BILINEAR)
    return _share(light, np.asarray(ground))


def is_light_on_dark(gray: npt.NDArray[Any]) -> bool:
    """Whether light is ink."""
    if gray.min() == gray.max():
        return False
    light = _oriented(gray, False)
    border = np.concatenate([light[0], light[-1], light[:, 0], light[:, -1]])
    by_border = float(np.median(border)) <= 0.5
    if _even_ground(_reduced(_oriented(gray, by_border))) is not None:
        return by_border
    small = _reduced(light, POLARITY_SIDE)
    votes = _stands_out(small) + WHOLE * (1 - 2 * (np.median(small) > 0.5))
    return bool(votes > 0)


def is_noise(share: Ink, mask: npt.NDArray[np.bool_]) -> bool:
    """Whether the marks of a picture, (H, W), are the noise of an empty one. They stand out no more than it does.

    Args:
        share: as from `share`.
        mask: True where the marks are.
    """
    if max(share.shape) <= TINY:  # most pixels are near an edge of the ink
        return False
    steps = np.abs(share[:, 2:] - share[:, :-2])[~mask[:, 1:-1]]
    return bool(mask.any() and steps.size and np.median(share[mask]) < NOISE * np.median(steps))


def _oriented(gray: npt.NDArray[Any], light_on_dark: bool) -> Ink:
    """Values from 0 to 1, the ink darker than the ground."""
    low = gray.min()
    light = (gray.astype(np.float32) - low) / np.float32(gray.max() - low)
    return np.asarray(1 - light if light_on_dark else light, np.float32)


def _even_ground(light: Ink) -> float | None:
    """The ground's value if it is the same everywhere; else None.

    Then ink is what one threshold separates: along the border there is hardly any, and nowhere is it wider than a pen.
    """
    mask = light <= otsu(light)
    if max(light.shape) <= TINY:
        return float(np.median(light[~mask]))
    border = np.concatenate([mask[0], mask[-1], mask[:, 0], mask[:, -1]])
    if border.mean() > INKED_BORDER or mask.mean() > INKED:
        return None
    ground = light[~mask]
    level = float(np.median(ground))
    if np.ptp(np.quantile(ground, [0.5, 0.95])) <= EXACT:
        return level
    uneven = float(np.ptp(np.quantile(ground, [0.25, 0.95])))
    if uneven > UNEVEN * (level - float(np.median(light[mask]))):
        return None
    radius = float(scipy.ndimage.distance_transform_edt(np.pad(mask, 1)).max()) - 0.5
    block = max(2, round(CORNER * max(light.shape)))
    rows, columns = (slice(block), slice(-block, None)), (slice(block), slice(-block, None))
    dark_corner = any(mask[row, column].all() for row in rows for column in columns)
    return level if radius <= (THICKEST_IN_CORNER if dark_corner else THICKEST) * max(light.shape) else None


def _stands_out(light: Ink) -> float:
    """−1 if all that stands out from its surroundings is darker than they are, 1 if it is lighter.

    Frames and desks are at the picture's edge, where this looks less closely.
    """
    logs = np.log(light + 0.1)  # a shadow shifts all of it
    apart = (logs - scipy.ndimage.median_filter(logs, max(3, round(AROUND * max(light.shape))))) ** 3
    apart *= np.minimum(*np.ix_(_inside(light.shape[0]), _inside(light.shape[1])))
    return float(apart.sum() / max(np.abs(apart).sum(), 1e-9))


def _inside(length: int) -> npt.NDArray[np.float64]:
    """(length,): the weight of a row or column, 1 in the middle and 0 at the picture's edge, where frames are."""
    return 1 - np.linspace(-1, 1, length) ** 4


def _reduced(light: Ink, side: int = SIDE) -> Ink:
    factor = side / max(light.shape)
    if factor >= 1:
        return light
    size = (max(1, round(light.shape[1] * factor)), max(1, round(light.shape[0] * factor)))
    return np.asarray(Image.fromarray(light).resize(size, Image.Resampling.BOX))


def _ground(light: Ink) -> Ink:
    width = max(3, round(WIDEST * max(light.shape)))
    wide = np.pad(light, width, mode="edge")
    filled = scipy.ndimage.grey_closing(wide, size=(width, width))[width:-width, width:-width]
    return np.asarray(scipy.ndimage.gaussian_filter(filled, width / 6))


def _share(light: Ink, ground: Ink | float) -> Ink:
    share: Ink = np.clip((ground - light) / np.maximum(ground, np.float32(0.05)), 0, 1)
    return share.astype(np.float32, copy=False)


def otsu(values: npt.NDArray[Any]) -> float:
    """The threshold that best separates ink from ground (Otsu 1979)."""
    counts, edges = np.histogram(values, bins=256)
    middles = (edges[:-1] + edges[1:]) / 2
    below = np.cumsum(counts)
    above = below[-1] - below
    sum_below = np.cumsum(counts * middles)
    with np.errstate(invalid="ignore", divide="ignore"):
        apart = sum_below / below - (sum_below[-1] - sum_below) / above
        between = np.nan_to_num(below * above * apart**2)
    return float(edges[int(np.argmax(between)) + 1])
