"""The table of architectures is the only list of them."""

from typing import get_args

from mnist_core.config.architectures import ARCHITECTURES
from mnist_core.config.schema import TrainConfig


def test_a_field_s_values_and_text_come_from_the_table() -> None:
    """So a new line there reaches the form, the flags and their help."""
    field = TrainConfig.model_fields["architecture"]
    assert get_args(field.annotation) == tuple(ARCHITECTURES)
    for name, text in ARCHITECTURES.items():
        assert f"{name} ({text})" in TrainConfig.explanation("architecture")
