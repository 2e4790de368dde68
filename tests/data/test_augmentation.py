"""Random changes of the training images."""

import keras
import numpy as np
import numpy.typing as npt
import pytest

from mnist_core.config.schema import Augmentation
from mnist_core.data import synthetic
from mnist_core.data.augmentation import preview
from mnist_core.engine.training.augmentation import Augment

Images = npt.NDArray[np.uint8]

STRENGTHS = {"rotation": 20.0, "shift": 2.0, "zoom": 0.2, "shear": 0.3, "elastic": 1.0, "stroke_width": 0.5}


@pytest.fixture(scope="module")
def images() -> Images:
    return synthetic.generate(200, seed=7)[0]


def in_training(images: Images, config: Augmentation, seed: int = 0) -> Images:
    changed: Images = keras.ops.convert_to_numpy(Augment(config, seed)(images, training=True))
    return changed


def test_every_field_has_a_test() -> None:
    """A new kind of augmentation cannot be forgotten here."""
    assert set(STRENGTHS) | {"augmentation_probability"} == set(Augmentation.model_fields)


@pytest.mark.parametrize("change", [in_training, lambda images, config: preview(images, config, 0)])
@pytest.mark.parametrize("kind", [*STRENGTHS, "all"])
def test_each_kind_changes_the_images(kind: str, change: object, images: Images) -> None:
    """In the compiled step and in the preview: (N, 28, 28) uint8 again, nearly all changed, the ink roughly kept."""
    assert callable(change)
    config = Augmentation(**(STRENGTHS if kind == "all" else {"shift": 0.0, kind: STRENGTHS[kind]}))
    changed = change(images, config)
    assert changed.shape == images.shape
    assert changed.dtype == np.uint8
    assert (changed != images).any(axis=(1, 2)).mean() > 0.9  # a shift by whole pixels may be one by none
    assert 0.75 < changed.mean() / images.mean() < 1.25
    both = [np.corrcoef(a.ravel(), b.ravel())[0, 1] for a, b in zip(images, changed, strict=True)]
    assert np.median(both) > 0.25


def test_images_are_untouched_when_not_training(images: Images) -> None:
    """Validation and prediction see the images as they are."""
    layer = Augment(Augmentation(**STRENGTHS))
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(layer(images, training=False)), images)
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(layer(images)), images)


def test_images_can_be_left_as_they_are(images: Images) -> None:
    """By chance; those that are not changed are not even blurred."""
    half = in_training(images, Augmentation(**STRENGTHS, augmentation_probability=0.5))
    untouched = (half == images).all(axis=(1, 2)).mean()
    assert 0.2 < untouched < 0.8


def test_without_augmentation_nothing_changes(images: Images) -> None:
    """All at 0 is off, and so is a share of 0."""
    for off in (Augmentation(shift=0), Augmentation(**STRENGTHS, augmentation_probability=0)):
        np.testing.assert_array_equal(in_training(images, off), images)
        np.testing.assert_array_equal(preview(images, off, 0), images)


def test_the_seed_decides(images: Images) -> None:
    """The same seed changes the same way, another differently, and the next batch differently again."""
    config = Augmentation(rotation=20, shift=0)
    layer = Augment(config, seed=3)
    first = keras.ops.convert_to_numpy(layer(images, training=True))
    second = keras.ops.convert_to_numpy(layer(images, training=True))
    np.testing.assert_array_equal(in_training(images, config, seed=3), first)
    assert (in_training(images, config, seed=4) != first).any()
    assert (second != first).any()
    np.testing.assert_array_equal(preview(images, config, 3), preview(images, config, 3))


def test_a_shift_moves_the_ink(images: Images) -> None:
    """By no more than was asked for, in x and in y, and nothing but that."""
    changed = preview(images, Augmentation(shift=3), 0)

    def centres(batch: Images) -> npt.NDArray[np.float64]:
        along, ink = np.arange(28), batch.sum(axis=(1, 2))
        rows = (batch.sum(axis=2) * along).sum(axis=1) / ink
        return np.stack([rows, (batch.sum(axis=1) * along).sum(axis=1) / ink])

    moved = np.abs(centres(changed) - centres(images))
    assert moved.max() < 3.3
    assert moved.max() > 2.5


def test_blank_and_full_images_stay_finite() -> None:
    """No ink stays no ink; a full image keeps its middle."""
    blank, full = np.zeros((4, 28, 28), np.uint8), np.full((4, 28, 28), 255, np.uint8)
    assert not in_training(blank, Augmentation(**STRENGTHS)).any()
    assert (in_training(full, Augmentation(rotation=20, zoom=0.1, shift=0))[:, 10:18, 10:18] == 255).all()
