"""A small model to compress, and little to measure it on."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mnist_core.common.workspace import Workspace
from mnist_core.config.schema import TrainConfig
from mnist_core.engine.compression import material, measuring
from mnist_core.engine.export import int8
from mnist_core.models.model import Model
from tests.engine.trainings import go, start


@pytest.fixture(scope="module", autouse=True)
def small() -> Iterator[None]:
    """Enough to see a difference."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(material, "NON_DIGITS", 40)
        patch.setattr(measuring, "ROUNDS", 20)
        patch.setattr(int8, "CALIBRATED", 60)
        yield


@pytest.fixture(scope="package")
def base(tiny_npz: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, Model]:
    """A network that tells digits from other things."""
    workspace = Workspace.open(tmp_path_factory.mktemp("base"))
    config = TrainConfig(
        architecture="mlp", dataset=str(tiny_npz), epochs=6, batch_size=36, outliers=60, synthetic_samples=60,
    )  # fmt: skip
    return workspace, go(config, workspace, start(config, workspace)).model
