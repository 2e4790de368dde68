"""The Keras script of a training: the same network, and it runs by itself."""

import ast
import subprocess
import sys
from pathlib import Path
from typing import Any

import keras
import pytest

from mnist_core.config.architectures import ARCHITECTURES
from mnist_core.config.keras_script import OPTIMIZERS, SCHEDULES, keras_script
from mnist_core.config.presets import PRESETS
from mnist_core.config.schema import TrainConfig
from mnist_core.engine.networks.build import build

SMALL = {"epochs": 1, "batch_size": 64, "train_subset": 128}
VARIED = [
    {"optimizer": optimizer, "schedule": schedule} for optimizer, schedule in zip(OPTIMIZERS, SCHEDULES, strict=True)
]


def network(config: TrainConfig, data: Path, monkeypatch: pytest.MonkeyPatch) -> keras.Model:
    """The script's, without the training."""
    code, _, _ = keras_script(config).partition("# Training")
    monkeypatch.setattr(sys, "argv", ["train.py", str(data)])
    made: dict[str, Any] = {}
    exec(compile(code, "train.py", "exec"), made)
    return made["model"]


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("dropout", [0.0, 0.3])
def test_the_network_is_the_program_s(
    architecture: str, dropout: float, tiny_npz: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Layer by layer, with the same weights."""
    config = TrainConfig(architecture=architecture, dropout=dropout, l2=0.001, shift=0.0)
    ours, theirs = build(config), network(config, tiny_npz, monkeypatch)
    assert [each.shape for each in theirs.weights] == [each.shape for each in ours.weights]
    kinds = [sorted(type(layer).__name__ for layer in each.layers) for each in (ours, theirs)]
    assert kinds[0] == kinds[1]


@pytest.mark.parametrize("preset", PRESETS)
def test_it_imports_keras_and_numpy_alone(preset: str) -> None:
    """Beside the standard library; and nothing of the program's own is left in its code."""
    script = keras_script(TrainConfig(**PRESETS[preset]))
    tree = ast.parse(script)
    imported = {name.name for each in ast.walk(tree) if isinstance(each, ast.Import) for name in each.names}
    imported |= {str(each.module) for each in ast.walk(tree) if isinstance(each, ast.ImportFrom)}
    assert imported == {"sys", "keras", "numpy"}
    assert "parts" not in script
    assert ": Tensor" not in script


def test_it_says_what_it_leaves_out() -> None:
    said = keras_script(TrainConfig(**PRESETS["accurate"], ensemble_size=3, dataset="digits")).split('"""')[1]
    for each in ("elastic", "ema_decay", "outliers", "not 3", "views", "The data set digits"):
        assert each in said


@pytest.mark.parametrize(
    "settings",
    [
        {**SMALL, "architecture": "fast", "label_smoothing": 0.1, "rotation": 8.0, "zoom": 0.1, "early_stopping": 2},
        *(
            pytest.param(
                {**SMALL, "architecture": architecture, **VARIED[number % len(VARIED)]}, marks=pytest.mark.slow
            )
            for number, architecture in enumerate(ARCHITECTURES)
        ),
    ],
    ids=lambda settings: f"{settings['architecture']}-{settings.get('optimizer', 'muon')}",
)
def test_it_runs_alone(settings: dict[str, Any], tiny_npz: Path, tmp_path: Path) -> None:
    """Python needs nothing of this program for it."""
    script = tmp_path / "train.py"
    script.write_text(keras_script(TrainConfig(**settings)), encoding="utf-8")
    done = subprocess.run([sys.executable, "-I", script, tiny_npz], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "Test accuracy: " in done.stdout
    assert (tmp_path / f"{settings['architecture']}.keras").exists()
