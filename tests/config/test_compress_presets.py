"""What a person may want of a compression."""

import pytest

from mnist_core.config.compress_presets import COMPRESS_PRESETS, FREE, changed_from
from mnist_core.config.schema import CompressConfig


@pytest.mark.parametrize("name", COMPRESS_PRESETS)
def test_each_preset_is_a_config_of_its_own(name: str) -> None:
    """It is recognised whatever the model and the device. A change is named."""
    config = CompressConfig(**COMPRESS_PRESETS[name].values, model="x", device="cpu", seed=3)
    assert [each for each in COMPRESS_PRESETS if not changed_from(each, config)] == [name]
    assert changed_from(name, config.model_copy(update={"epochs": 7, "name": "mine"})) == ["epochs"]
    assert not FREE & set(COMPRESS_PRESETS[name].values)
