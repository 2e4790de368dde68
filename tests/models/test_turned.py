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


ORDER = np.random.default_rng(1).permutation(100)


@pytest.mark.parametrize(
    ("images", "labels", "says"),
    [
        (X, Y[ORDER], "Check that the labels are in the same order as the images"),
        (X[:, :, ::-1], Y, "correctly after left and right are swapped"),
        (np.rot90(X, axes=(1, 2)), Y, "correctly after they are turned to the right by 90°"),
        (X[:, ::-1, ::-1], Y, "correctly after they are turned by 180°"),
    ],
)
def test_labels_that_do_not_fit_are_noticed(images: turned.Gray, labels: turned.Gray, says: str) -> None:
    """With what to do."""
    judged = turned.judge(images, labels)
    assert judged.looks_wrong
    assert not judged.looks_turned
    assert says in judged.text
    assert not turned.judge(X, Y).looks_wrong


def test_the_sample_is_the_same_in_any_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """Saving a data set changes the order of its images."""
    monkeypatch.setattr(turned, "SAMPLE", 30)
    labels = np.where(np.arange(100) % 3, Y, (Y + 1) % 10).astype(np.uint8)
    assert turned.judge(X, labels) == turned.judge(X[ORDER], labels[ORDER])
