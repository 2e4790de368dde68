"""What may import what."""

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.conftest import ROOT


def lint_imports(folder: Path) -> "subprocess.CompletedProcess[str]":
    linter = Path(sys.executable).with_name("lint-imports")
    return subprocess.run([str(linter), "--no-cache"], cwd=folder, capture_output=True, text=True, check=False)


def test_the_import_contracts_hold() -> None:
    """import-linter finds no import that pyproject.toml forbids."""
    ended = lint_imports(ROOT)
    assert ended.returncode == 0, ended.stdout


@pytest.mark.parametrize(
    ("file", "line", "broken"),
    [
        ("mnist_core/data/new.py", "from mnist_core.jobs import queue", "A room uses the rooms below it"),
        ("mnist_core/engine/networks/new.py", "from mnist_core.engine.training import loop", "The engine has floors"),
        ("mnist_core/models/new.py", "import keras", "Only the engine and the benchmarks import Keras"),
        ("pages/widgets/new.py", "from mnist_core.engine import worker", "The app reaches the engine through a job"),
        ("mnist_core/evaluation/new.py", "import streamlit", "The core knows nothing of the app"),
        ("mnist_core/attic/new.py", "", "A room uses the rooms below it"),
    ],
)
def test_a_new_file_is_guarded_from_its_first_line(file: str, line: str, broken: str, tmp_path: Path) -> None:
    """One that breaks a contract is found, and so is a room that no contract names."""
    for name in ("mnist_core", "pages"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("assets", "__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    new = tmp_path / file
    new.parent.mkdir(exist_ok=True)
    new.with_name("__init__.py").touch()
    new.write_text(line + "\n")
    ended = lint_imports(tmp_path)
    assert ended.returncode != 0
    assert broken in ended.stdout


def test_every_room_but_the_engine_s_is_closed_to_keras() -> None:
    """The contract names its rooms one by one, and none is missing."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    (closed,) = (set(each["source_modules"]) for each in contracts if "keras" in each.get("forbidden_modules", []))
    rooms = {f"mnist_core.{path.parent.name}" for path in (ROOT / "mnist_core").glob("*/__init__.py")}
    assert closed == {"pages"} | rooms - {"mnist_core.engine", "mnist_core.benchmarks"}


def _imported(path: Path) -> list[str]:
    """The modules that a file imports, wherever in it."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    imported = [each.name for node in ast.walk(tree) if isinstance(node, ast.Import) for each in node.names]
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            imported += [f"{node.module}.{each.name}" for each in node.names]
    return imported


def test_the_app_s_process_loads_no_heavy_library() -> None:
    """What the pages import brings in neither Keras nor TensorFlow nor scikit-learn, which costs seconds."""
    names = {name for path in (ROOT / "pages").rglob("*.py") for name in _imported(path)}
    ours = sorted(name for name in names if name.startswith("mnist_core."))
    assert "mnist_core.jobs.runner.JobRunner" in ours
    program = (
        "import pkgutil, sys\n"
        "for name in sys.argv[1:]: pkgutil.resolve_name(name)\n"
        "heavy = {'keras', 'tensorflow', 'jax', 'torch', 'sklearn', 'h5py', 'onnx', 'tf2onnx'} & set(sys.modules)\n"
        "sys.exit(f'loaded: {heavy}' if heavy else 0)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program, *ours], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr


def test_the_trainer_s_process_loads_no_library_of_the_app() -> None:
    """What a job needs, whatever its kind, brings in neither Streamlit nor Plotly."""
    program = (
        "import sys\n"
        "from mnist_core.engine import trainer, worker\n"
        "from mnist_core.jobs.kinds import KINDS\n"
        "for kind in KINDS.values(): kind.load()\n"
        "assert 'keras' in sys.modules\n"
        "loaded = {'plotly', 'streamlit'} & set(sys.modules)\n"
        "sys.exit(f'loaded: {loaded}' if loaded else 0)"
    )
    ended = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr


def test_app_py_is_navigation_only() -> None:
    """It imports Streamlit, the pages and `common`; what they do is theirs."""
    imported = _imported(ROOT / "app.py")
    assert "streamlit" in imported
    assert [name for name in imported if not re.match(r"(streamlit|pages|mnist_core\.common)(\.|$)", name)] == []


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
