"""Weights in few bits."""

import numpy as np
import pytest

from mnist_core.models.html.weights import Precision, in_int8, packed, unpacked

RNG = np.random.default_rng(0)
WEIGHTS = {
    "filters": RNG.normal(size=(32, 16, 3, 3)).astype(np.float32) * np.float32(0.1),
    "bias": RNG.normal(size=(300,)).astype(np.float32),
    "shape": np.array([1, -1], np.int64),
    "matrix": RNG.normal(size=(100, 10)).astype(np.float32) * (10.0 ** np.arange(-5, 5)).astype(np.float32),
}


@pytest.mark.parametrize(("precision", "allowed"), [("float16", 1e-3), ("int8", 0.006)])
def test_weights_are_rounded_to_what_the_browser_gets(precision: Precision, allowed: float) -> None:
    """Close to the original in each slice, and biases as they were."""
    found = packed(WEIGHTS, precision, {"filters": 0})
    rounded = unpacked(found.table, found.content)
    for name, axes in (("filters", (1, 2, 3)), ("matrix", 0)):
        error = np.abs(rounded[name] - WEIGHTS[name]).max(axis=axes)
        assert (error <= allowed * np.abs(WEIGHTS[name]).max(axis=axes) + 1e-7).all(), name
    for name in ("bias", "shape"):
        assert np.array_equal(rounded[name], WEIGHTS[name])
        assert rounded[name].dtype == WEIGHTS[name].dtype
    bits = {"float16": 16, "int8": 8}[precision]
    assert len(found.content) < 1.1 * (bits / 8 * (32 * 16 * 9 + 1000) + 4 * 300)


def test_int8_has_a_scale_for_each_channel() -> None:
    """So that small channels keep their digits."""
    whole, scales = in_int8(WEIGHTS["matrix"], 1)
    assert scales.shape == (10,)
    assert (np.abs(whole).max(axis=0) == 127).all()


def test_numbers_too_large_for_float16_get_other_bits() -> None:
    """Instead of infinity."""
    huge = {"matrix": WEIGHTS["matrix"] * np.float32(1e6)}
    found = packed(huge, "float16", {})
    assert np.isfinite(unpacked(found.table, found.content)["matrix"]).all()
