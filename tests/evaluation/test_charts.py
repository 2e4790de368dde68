"""Records → figures."""

from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest

from mnist_core.evaluation.charts import confusion, learning_curves


def judged(losses: list[float], **more: float) -> list[dict[str, Any]]:
    """An epoch's record for each validation loss."""
    return [{"step": n, "epoch": n, "val_loss": loss, "val_accuracy": 0.9, **more} for n, loss in enumerate(losses, 1)]


def kept_epoch(figure: go.Figure) -> list[float]:
    """Where the star is."""
    return [trace.x[0] for trace in figure.data if trace.name == "Kept epoch"]


@pytest.mark.parametrize(("more", "star"), [({"val_loss_error": 0.02}, 3), ({}, 2)])
def test_the_kept_epoch_has_a_star(more: dict[str, float], star: int) -> None:
    """By the records' errors; where there are none, as in those of version 0.1, it is the least loss."""
    assert kept_epoch(learning_curves(judged([0.3, 0.20, 0.21, 0.4], **more), "loss")) == [star]


def test_no_star_where_the_last_step_remains() -> None:
    """Such as after a fine-tuning, whatever the curve says."""
    assert kept_epoch(learning_curves(judged([0.3, 0.2, 0.4]), "loss", keeps_epoch=False)) == []


def test_the_axes_of_a_training_without_points_are_sensible() -> None:
    """From 0 to 1, that is to 100%; with points Plotly chooses."""
    assert learning_curves([], "accuracy").layout.yaxis.range == (0, 1)
    assert learning_curves(judged([0.3]), "accuracy").layout.yaxis.range is None


def test_each_count_of_a_confusion_matrix_is_written_once() -> None:
    """What is right and what is not are two layers, of different colours."""
    matrix = np.arange(100).reshape(10, 10)
    layers = [np.array(trace.text) for trace in confusion(matrix).data]
    assert ((layers[0] == "") != (layers[1] == "")).all()
    np.testing.assert_array_equal(np.where(layers[0] == "", layers[1], layers[0]), matrix.astype(str))


def test_each_cell_of_a_confusion_matrix_tells_its_count_once() -> None:
    """In one of the two layers, because the other has a gap there; an empty cell has its sentence as well."""
    matrix = np.zeros((10, 10), int)
    matrix[3, 5], matrix[8, 8] = 2, 1
    mistakes, right = confusion(matrix).data
    assert not mistakes.hoverongaps
    assert not right.hoverongaps
    assert (np.isnan(np.array(mistakes.z, float)) != np.isnan(np.array(right.z, float))).all()
    assert mistakes.customdata[3][5] == "Label 3, predicted as 5: 2 images"
    assert mistakes.customdata[5][3] == "Label 5, predicted as 3: 0 images"
    assert right.customdata[8][8] == "Label 8, predicted as 8: 1 image"
