"""Small trainings that several modules' tests look at."""

from collections.abc import Callable
from pathlib import Path

import pytest

from mnist_core.common.workspace import Workspace
from mnist_core.config.schema import TrainConfig
from mnist_core.engine.training.loop import Loop
from tests.engine.trainings import Done, ResourceExhaustedError, go, start


@pytest.fixture
def one_step_a_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a test can say after which step something happens."""
    monkeypatch.setattr("mnist_core.engine.training.loop.CALL_S", 0.0)


@pytest.fixture(scope="session")
def config(tiny_npz: Path) -> TrainConfig:
    """Two epochs of eight steps, with all that is random: dropout, augmentation, synthetic digits."""
    return TrainConfig(
        architecture="mlp",
        dataset=str(tiny_npz),
        epochs=2,
        batch_size=36,
        dropout=0.3,
        rotation=10,
        synthetic_samples=20,
    )


@pytest.fixture(scope="session")
def straight(config: TrainConfig, tmp_path_factory: pytest.TempPathFactory) -> Done:
    """The training of `config`, one step a call, from start to end."""
    workspace = Workspace.open(tmp_path_factory.mktemp("straight"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("mnist_core.engine.training.loop.CALL_S", 0.0)
        return go(config, workspace, start(config, workspace))


@pytest.fixture(scope="session")
def averaged(config: TrainConfig) -> TrainConfig:
    """With batch normalisation, the optimizer of the presets, and a mean of the weights."""
    changes = {"architecture": "fast", "ema_decay": 0.9, "momentum": 0.6, "learning_rate": 0.02}
    return config.model_copy(update=changes)


@pytest.fixture
def full_memory(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Makes the fourth step of the next `times` attempts fail for lack of memory."""

    def fill(times: int) -> None:
        take_steps, left = Loop._take_steps, [times]

        def short_of_memory(loop: Loop, start: float) -> None:
            if loop.position.step == 3 and left[0]:
                left[0] -= 1
                raise ResourceExhaustedError("OOM when allocating tensor")
            take_steps(loop, start)

        monkeypatch.setattr(Loop, "_take_steps", short_of_memory)

    return fill
