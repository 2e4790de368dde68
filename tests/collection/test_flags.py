"""Flagged images stay in the workspace."""

import numpy as np

from mnist_core.collection.flags import Flagged, Flags
from mnist_core.common.workspace import Workspace


def test_an_image_is_flagged_once_until_the_flag_is_removed(workspace: Workspace) -> None:
    """With its label and where it is from; newest first."""
    first, second = (np.full((28, 28), value, np.uint8) for value in (1, 2))
    flags = Flags(workspace)
    for image, label in ((first, 3), (second, 5), (first, 3)):
        flags.add(Flagged(image, label, "mnist"))
    found = Flags(workspace).all()
    assert [(each.label, each.source) for each in found] == [(5, "mnist"), (3, "mnist")]
    assert (found[1].image == first).all()
    flags.remove(second)
    assert first in flags
    assert second not in flags
