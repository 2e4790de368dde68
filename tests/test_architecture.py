"""What may import what."""

import subprocess
import sys
from pathlib import Path

from tests.conftest import ROOT


def test_the_import_contracts_hold() -> None:
    """import-linter finds no import that pyproject.toml forbids."""
    linter = Path(sys.executable).with_name("lint-imports")
    ended = subprocess.run([str(linter), "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout


def test_the_app_s_process_loads_no_heavy_library() -> None:
    """What the pages import brings in neither Keras nor TensorFlow nor scikit-learn, which costs seconds."""
    program = (
        "import sys\n"
        "from mnist_core.collection import file_formats, importer\n"
        "from mnist_core.data import datasets\n"
        "from mnist_core.evaluation import charts, metrics\n"
        "from mnist_core.jobs import queue, runner\n"
        "from mnist_core.models import predictor, registry\n"
        "heavy = {'keras', 'tensorflow', 'jax', 'torch', 'sklearn', 'h5py', 'onnx', 'tf2onnx'} & set(sys.modules)\n"
        "sys.exit(f'loaded: {heavy}' if heavy else 0)"
    )
    ended = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr


def test_every_module_of_the_core_can_be_imported_alone() -> None:
    """No module relies on another having been imported before it: there are no import cycles."""
    modules = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in sorted((ROOT / "mnist_core").rglob("*.py"))
        if not path.name.startswith("__") and not {"engine", "benchmarks"} & set(path.parts)
    ]
    program = (
        "import importlib, sys\n"
        "for name in sys.argv[1:]:\n"
        "    for loaded in [m for m in sys.modules if m.startswith('mnist_core')]: del sys.modules[loaded]\n"
        "    importlib.import_module(name)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program, *modules], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
