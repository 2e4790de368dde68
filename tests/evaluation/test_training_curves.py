"""Records → the curves of a run."""

from typing import Any

import plotly.graph_objects as go
import pytest

from mnist_core.evaluation.chart_text import text_of
from mnist_core.evaluation.training_curves import Curve, learning_curves


def judged(losses: list[float], accuracy: float = 0.9, **more: float) -> list[dict[str, Any]]:
    """A step's and an epoch's record for each validation loss."""
    records: list[dict[str, Any]] = []
    for n, loss in enumerate(losses, 1):
        records.append({"step": n, "epoch": n, "loss": loss, "accuracy": 0.8})
        records.append({"step": n, "epoch": n, "val_loss": loss, "val_accuracy": accuracy, **more})
    return records


def trace(figure: go.Figure, name: str) -> Any:
    return next((each for each in figure.data if each.name == name), None)


@pytest.mark.parametrize(("more", "star"), [({"val_loss_error": 0.02}, 3), ({}, 2)])
def test_the_best_epoch_has_a_star(more: dict[str, float], star: int) -> None:
    """By the records' errors; where there are none, as in those of version 0.1, it is the least loss."""
    figure = learning_curves(Curve.of(judged([0.3, 0.20, 0.21, 0.4], **more), "error"))
    assert trace(figure, "Best epoch").x == (star,)


def test_no_star_where_the_last_step_remains() -> None:
    """Such as after a fine-tuning, whatever the curve says."""
    figure = learning_curves(Curve.of(judged([0.3, 0.2, 0.4]), "error", keeps_epoch=False))
    assert trace(figure, "Best epoch") is None


def test_the_axes_of_a_training_without_points_are_sensible() -> None:
    """From 0 to 1, that is to 100%; with points Plotly chooses."""
    assert learning_curves(Curve.of([], "accuracy")).layout.yaxis.range == (0, 1)
    assert learning_curves(Curve.of(judged([0.3]), "accuracy")).layout.yaxis.range is None


def test_hovering_tells_training_and_validation_together_and_rounded() -> None:
    figure = learning_curves(Curve.of(judged([0.3, 0.2], accuracy=0.98764), "error"))
    assert trace(figure, "Training").customdata[1] == "Epoch 2.0<br>Training 20.00%<br>Validation 1.24%"
    assert trace(figure, "Validation").hoverinfo == "skip"


def test_a_logarithmic_axis_shows_no_errors_at_all() -> None:
    """It has no 0, so that point would be missing."""
    records = judged([0.3, 0.2], accuracy=1.0)
    shown = trace(learning_curves(Curve.of(records, "error"), logarithmic=True), "Validation").y
    assert shown == pytest.approx([0.1, 0.1])
    assert trace(learning_curves(Curve.of(records, "error")), "Validation").y == (0, 0)
    assert learning_curves(Curve.of(records, "accuracy"), logarithmic=True).layout.yaxis.type == "linear"


def test_it_says_what_it_shows() -> None:
    curve = Curve.of(judged([0.3, 0.2, 0.4], accuracy=0.99), "error")
    assert text_of(learning_curves(curve, {"other <run>": curve})) == (
        "Error rate over 3 epochs: Training 20.00%, Validation 1.00%. Best epoch: 2 (validation 1.00%). Compared with "
        "other <run>: validation 1.00%."
    )
    assert text_of(learning_curves(Curve.of([], "loss"))) == "Loss: no values yet."
