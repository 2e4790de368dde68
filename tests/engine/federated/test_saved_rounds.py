"""The weights after each round."""

from pathlib import Path

import numpy as np
import pytest

from mnist_core.common.errors import InputError
from mnist_core.engine.federated import saved_rounds


def test_the_newest_round_that_can_be_read_is_restored(tmp_path: Path) -> None:
    """Two rounds are kept. If the newest file is torn, the one before it is restored."""
    like = [np.zeros((2, 3), np.float32)]
    assert saved_rounds.restore(tmp_path, like, "a") == (0, like)
    for number in (1, 2, 3):
        saved_rounds.save(tmp_path, number, [np.full((2, 3), number, np.float32)], "a")
    assert [each.name for each in sorted(tmp_path.iterdir())] == ["000002.npz", "000003.npz"]
    assert saved_rounds.restore(tmp_path, like, "a")[0] == 3
    (tmp_path / "000003.npz").write_bytes(b"torn")
    number, (weights,) = saved_rounds.restore(tmp_path, like, "a")
    assert (number, weights.mean()) == (2, 2)


def test_rounds_of_another_model_are_refused(tmp_path: Path) -> None:
    """Layers that were trained on other frozen layers would predict nonsense."""
    like = [np.zeros(2, np.float32)]
    saved_rounds.save(tmp_path, 1, like, "a")
    with pytest.raises(InputError, match="other weights"):
        saved_rounds.restore(tmp_path, like, "b")
