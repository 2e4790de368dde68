"""Records → figures."""

import numpy as np

from mnist_core.evaluation.charts import confusion


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
