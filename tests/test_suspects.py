"""Slips of the key: which labels are doubted."""

import numpy as np
import numpy.typing as npt

from mnist_core.suspects import Suspect, find


def sure_of(*digits: int, by: float = 12.0) -> npt.NDArray[np.float32]:
    """Logits (N, 10) of a model that is as good as sure of these digits."""
    return np.eye(10, dtype=np.float32)[list(digits)] * by


def labels(*digits: int) -> npt.NDArray[np.uint8]:
    return np.array(digits, np.uint8)


def test_a_label_that_everything_else_contradicts_is_doubted() -> None:
    """The person said 4; the base and a model that knows the person's other drawings both say 9."""
    assert find(labels(1, 4, 2), sure_of(1, 9, 2), sure_of(1, 9, 2), range(3)) == [Suspect(index=1, label=4, digit=9)]


def test_a_correction_is_not_doubted() -> None:
    """The base is sure of another digit, but one's other drawings say that this is how one writes it."""
    assert find(labels(7), sure_of(1), sure_of(7), range(1)) == []
    assert find(labels(7), sure_of(1), sure_of(2), range(1)) == []


def test_what_the_base_is_not_sure_of_is_not_doubted() -> None:
    """A hard drawing may well be what its writer says."""
    assert find(labels(7), sure_of(1, by=2.0), sure_of(1), range(1)) == []
    assert find(labels(7), sure_of(1), sure_of(1, by=2.0), range(1)) == []


def test_only_what_was_asked_about_is_doubted() -> None:
    """What the person has confirmed stays out of it."""
    assert find(labels(1, 4, 4), sure_of(1, 9, 9), sure_of(1, 9, 9), [0, 2]) == [Suspect(index=2, label=4, digit=9)]
