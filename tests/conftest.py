"""What the tests share: a workspace of their own, nothing of this machine's, and small sets of digits."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings

from mnist_core.common.workspace import Workspace
from mnist_core.data import datasets, synthetic
from tests.data.mnist_files import Arrays, fingerprints

ROOT = Path(__file__).parents[1]
SHARED_DATA = ROOT.parent / "shared" / "data"

os.environ["LANGUAGE"] = "en"  # for all processes of the tests, whatever this machine speaks

# The same examples every time, so that what passed yesterday passes today; `make test-all` looks for others.
settings.register_profile("repeatable", derandomize=True, deadline=None, max_examples=50)
settings.register_profile("search", deadline=None, max_examples=500, print_blob=True)
settings.load_profile("repeatable")


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name bytes by their argument. Their content may have the present date, which differs between two workers."""
    return argname if isinstance(val, bytes) else None


@pytest.fixture(autouse=True)
def isolated(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """No test sees this machine's workspace, its MNIST, or its Keras folder."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("data-home")))
    monkeypatch.delenv("MNIST_STUDIO_HOME", raising=False)
    monkeypatch.delenv("MNIST_STUDIO_DATA", raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path_factory.mktemp("keras")))


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A new, empty workspace."""
    return Workspace.open(tmp_path / "workspace")


@pytest.fixture
def old_workspace(tmp_path: Path) -> Workspace:
    """The workspace that version 0.1 wrote (`tests/test_workspace_of_0_1.py` says what is in it)."""
    with zipfile.ZipFile(ROOT / "tests" / "data" / "workspace-0.1.zip") as archive:
        archive.extractall(tmp_path / "old")
    return Workspace.open(tmp_path / "old")


def _shared(name: str) -> Path:
    path = SHARED_DATA / name
    if not path.is_file():
        pytest.skip(f"{path} is not on this machine")
    return path


@pytest.fixture(scope="session")
def real_mnist() -> Path:
    """MNIST itself, where it is at hand."""
    return _shared("mnist.npz")


@pytest.fixture(scope="session")
def pen_strokes() -> Path:
    """What thirty people drew, where it is at hand."""
    return _shared("pen-strokes.jsonl.gz")


@pytest.fixture(scope="session")
def tiny_npz(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """300 written digits to train on and 60 to test on, in the layout of Keras' mnist.npz."""
    path = tmp_path_factory.mktemp("data") / "tiny.npz"
    images, labels = synthetic.generate(360, seed=11)
    np.savez(
        path, allow_pickle=False,
        x_train=images[:300], y_train=labels[:300], x_test=images[300:], y_test=labels[300:],
    )  # fmt: skip
    return path


@pytest.fixture
def arrays(tiny_npz: Path) -> Arrays:
    with np.load(tiny_npz) as file:
        return dict(file)


@pytest.fixture
def as_mnist(monkeypatch: pytest.MonkeyPatch, arrays: Arrays) -> Arrays:
    """Takes the tiny arrays for MNIST, so that a test need not carry eleven megabytes."""
    monkeypatch.setattr(datasets, "MNIST_MD5", fingerprints(arrays))
    return arrays


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel that `pip install .` makes."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="session")
def site(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the wheel is installed in; its libraries are those of this environment."""
    folder = tmp_path_factory.mktemp("site")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder
