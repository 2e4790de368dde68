"""The table of architectures is the only list of them."""

from typing import get_args

from mnist_core.config import schema
from mnist_core.config.architectures import ARCHITECTURES


def test_a_field_s_values_and_text_come_from_the_table() -> None:
    """So a new line there reaches the form, the flags and their help."""
    field = schema.TrainConfig.model_fields["architecture"]
    assert get_args(field.annotation) == tuple(ARCHITECTURES)
    assert field.description
    for name, text in ARCHITECTURES.items():
        assert f"{name} ({text})" in field.description
