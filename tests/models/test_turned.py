"""Images whose rows and columns are exchanged are noticed."""

import numpy as np
import pytest

from mnist_core.data import synthetic
from mnist_core.models import turned

X, Y = synthetic.generate(100, seed=4)


@pytest.mark.parametrize("transposed", [False, True])
def test_turned_images_are_noticed(transposed: bool) -> None:
    """The shipped model predicts them clearly better the other way."""
    judged = turned.judge(X.transpose(0, 2, 1) if transposed else X, Y)
    assert judged.looks_turned == transposed
    assert ("look turned" in judged.text) == transposed


def test_images_of_something_else_do_not_look_turned() -> None:
    """Neither noise nor a handful of digits."""
    noise = np.random.default_rng(0).integers(0, 256, (50, 28, 28)).astype(np.uint8)
    assert not turned.judge(noise, Y[:50]).looks_turned
    assert not turned.judge(X[:5].transpose(0, 2, 1), Y[:5]).looks_turned
