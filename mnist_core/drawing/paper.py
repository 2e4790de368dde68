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
FAINTEST = 0.12
"""The least ink as a share of the ground; paler marks are the paper's own grain."""


def ink(gray: npt.NDArray[Any], *, light_on_dark: bool | None = None) -> Ink:
    """(H, W) grey values → (H, W) float32, 1 for ink and 0 for the ground, with the light's unevenness removed.

    Args:
        gray: any range.
        light_on_dark: None to judge from the picture.
    """
    low, high = float(gray.min()), float(gray.max())
    if low == high:
        return np.zeros(gray.shape, np.float32)
    light = ((gray - low) / (high - low)).astype(np.float32)
    if is_light_on_dark(gray) if light_on_dark is None else light_on_dark:
        light = 1 - light
    small = _reduced(light)
    ground = _ground(small)
    threshold = max(otsu(_share(small, ground)), FAINTEST)
    everywhere = np.asarray(Image.fromarray(ground).resize(light.shape[::-1], Image.Resampling.BILINEAR))
    amount: Ink = np.clip(_share(light, everywhere) / (2 * threshold), 0, 1)
    return amount


def is_light_on_dark(gray: npt.NDArray[Any]) -> bool:
    """Whether most of the picture is darker than the middle of its range."""
    return float(np.median(gray)) <= (float(gray.min()) + float(gray.max())) / 2


def _reduced(light: Ink) -> Ink:
    factor = SIDE / max(light.shape)
    if factor >= 1:
        return light
    size = (max(1, round(light.shape[1] * factor)), max(1, round(light.shape[0] * factor)))
    return np.asarray(Image.fromarray(light).resize(size, Image.Resampling.BOX))


def _ground(light: Ink) -> Ink:
    width = max(3, round(WIDEST * max(light.shape)))
    wide = np.pad(light, width, mode="edge")
    filled = scipy.ndimage.grey_closing(wide, size=(width, width))[width:-width, width:-width]
    return np.asarray(scipy.ndimage.gaussian_filter(filled, width / 6))


def _share(light: Ink, ground: Ink) -> Ink:
    return np.clip((ground - light) / np.maximum(ground, 0.05), 0, 1)


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
