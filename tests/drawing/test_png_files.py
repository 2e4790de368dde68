"""Grey values → PNG files."""

import numpy as np
import pytest

from mnist_core.drawing import png_files


@pytest.mark.parametrize(("count", "columns"), [(1, 1), (5, 2), (4, 2), (3, 10)])
def test_a_contact_sheet_has_every_image_in_its_place(count: int, columns: int) -> None:
    """Row by row, with a gap around each; what no image covers is the ground."""
    images = np.stack([np.full((28, 28), 100 + number, np.uint8) for number in range(count)])
    sheet = png_files.contact_sheet(images, columns, gap=3)
    assert sheet.shape == (3 + 31 * -(-count // columns), 3 + 31 * columns)
    for number in range(count):
        top, left = 3 + 31 * (number // columns), 3 + 31 * (number % columns)
        assert (sheet[top : top + 28, left : left + 28] == 100 + number).all()
    assert (sheet == 40).sum() == sheet.size - count * 28 * 28
