"""Gradients that explode or vanish."""

import pytest

from mnist_core.engine.training.health import diagnose


@pytest.mark.parametrize(
    ("norms", "says"),
    [
        ({"a": 1.0, "b": 0.1}, None),
        ({"a": 5e3, "b": 1.0}, "Exploding.* layer a is"),
        ({"a": 1.0, "b": 1e-9}, "Vanishing.* layer b is"),
    ],
)
def test_sick_gradients_are_named(norms: dict[str, float], says: str | None) -> None:
    """With the layer, and what to try."""
    import re

    warning = diagnose(norms)
    assert (warning is None) if says is None else re.search(says, warning or "")
