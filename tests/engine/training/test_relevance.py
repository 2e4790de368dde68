"""The settings that a form does not show, because they change nothing, change nothing."""

from typing import get_args

import numpy as np
import pytest

from mnist_core.common.workspace import Workspace
from mnist_core.config.relevance import HAS_EFFECT, without_effect
from mnist_core.config.schema import BY_NAME, Optimizer, TrainConfig
from mnist_core.data import augmentation, datasets, synthetic
from mnist_core.engine.training.graph import bare_optimizer


def test_the_names_are_settings() -> None:
    """Each is a field, and with the defaults most have an effect."""
    assert set(HAS_EFFECT) <= set(TrainConfig.model_fields)
    assert without_effect(TrainConfig()) == {"turn_images"}


@pytest.mark.parametrize("name", ["momentum", "weight_decay"])
@pytest.mark.parametrize("optimizer", get_args(Optimizer))
def test_what_an_optimizer_ignores(optimizer: str, name: str) -> None:
    """Another value gives the same optimizer exactly where the form leaves the setting out."""
    configs = [TrainConfig.checked(optimizer=optimizer, **{name: value}) for value in (0.25, 0.75)]
    one, other = (bare_optimizer(config).get_config() | {"name": ""} for config in configs)
    assert (one == other) == (name in without_effect(configs[0]))


@pytest.mark.parametrize("name", BY_NAME)
def test_data_sets_with_a_name_are_not_turned(name: str, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """The form leaves the setting out for them, whatever value it still has."""
    monkeypatch.setattr(datasets, "mnist", lambda *_: datasets.small_digits())
    assert "turn_images" in without_effect(TrainConfig.checked(dataset=name))
    straight, turned = (datasets.load(name, workspace, turn=turn) for turn in (False, True))
    np.testing.assert_array_equal(straight.x_train, turned.x_train)


def test_what_an_unchanged_image_ignores() -> None:
    """Without any augmentation, its probability changes no image."""
    images = synthetic.generate(10, seed=1)[0]
    config = TrainConfig.checked(shift=0, augmentation_probability=1)
    assert "augmentation_probability" in without_effect(config)
    np.testing.assert_array_equal(augmentation.preview(images, config, seed=1), images)
