"""Settings of version 0.1 → today's."""

from typing import Any

import pytest

from mnist_core.config import legacy
from mnist_core.config.schema import FineTuneConfig, TrainConfig

TRAINED = {
    "members": 2, "views": 3, "weight_averaging": 0.9, "samples": 100, "generated": 50, "augmented_share": 0.5,
}  # fmt: skip


def test_every_new_name_is_a_field() -> None:
    """And no old one is."""
    fields = set(TrainConfig.model_fields) | set(FineTuneConfig.model_fields)
    assert set(legacy.FIELDS.values()) <= fields
    assert set(legacy.VALUES) <= fields
    assert not set(legacy.FIELDS) & fields


def test_a_training_s_settings_are_renamed() -> None:
    """Those of today's names stay as they are, and the values are kept."""
    config = TrainConfig.checked(**legacy.upgraded({**TRAINED, "epochs": 7}))
    assert (config.ensemble_size, config.test_time_views, config.ema_decay) == (2, 3, 0.9)
    assert (config.train_subset, config.synthetic_samples, config.augmentation_probability) == (100, 50, 0.5)
    assert config.epochs == 7


@pytest.mark.parametrize(
    ("old", "field", "value"),
    [
        ({"doubtful": "leave out"}, "label_issues", "exclude"),
        ({"doubtful": "learn"}, "label_issues", "include"),
        ({"earlier": "learn again"}, "include_earlier", True),
        ({"earlier": "unlearn"}, "include_earlier", False),
        ({"trainable": "last half"}, "trainable", "last-half"),
        ({"trainable": "head"}, "trainable", "head"),
        ({"variation": 0.5}, "augmentation_strength", 0.5),
    ],
)
def test_a_fine_tuning_s_values_are_translated(old: dict[str, Any], field: str, value: Any) -> None:
    """Values that both versions know stay."""
    assert getattr(FineTuneConfig.checked(**legacy.upgraded(old)), field) == value


def test_today_s_settings_stay_as_they_are() -> None:
    """All of them, whether they have the default's value or another."""
    for config in (TrainConfig(), FineTuneConfig(), FineTuneConfig(include_earlier=False, label_issues="include")):
        assert legacy.upgraded(config.model_dump()) == config.model_dump()
