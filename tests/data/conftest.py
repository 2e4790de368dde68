"""Arrays in the place of MNIST's."""

from pathlib import Path

import numpy as np
import pytest

from mnist_core.data import datasets
from tests.data.mnist_files import Arrays, fingerprints


@pytest.fixture
def arrays(tiny_npz: Path) -> Arrays:
    with np.load(tiny_npz) as file:
        return dict(file)


@pytest.fixture
def as_mnist(monkeypatch: pytest.MonkeyPatch, arrays: Arrays) -> Arrays:
    """Takes the tiny arrays for MNIST, so that a test need not carry eleven megabytes."""
    monkeypatch.setattr(datasets, "MNIST_MD5", fingerprints(arrays))
    return arrays
