"""No private part of a library is used that `tests/test_upgrades.py` does not name, and that names none too many."""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.test_upgrades import PRIVATE, found

NO_LIBRARIES = {"mnist_core", "pages", *sys.stdlib_module_names}
IN_OLD_FILES = {"keras.src.engine.functional"}
"""What version 2 of Keras wrote into its files: no installed library has it."""
PRIVATE_PART = re.compile(r"\.(_[a-z]\w*|src|capi)\b")
IN_TEXT = re.compile(r"\b(?:keras\.src|onnxruntime\.capi)\.[\w.]+")


def private_uses(source: str) -> set[str]:
    """The dotted names of libraries' private parts in a module's text: imported, reached for, overridden or quoted."""
    tree = ast.parse(source)
    names = _imported(tree)
    used = set(names.values())
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            used.add(_dotted(node, names))
        elif isinstance(node, ast.ClassDef):
            used |= set(_of_its_bases(node, names))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            used |= set(IN_TEXT.findall(node.value))
    private = {name for name in used if PRIVATE_PART.search(name) and _is_of_a_library(name)}
    return {name for name in private if not any(other.startswith(f"{name}.") for other in private)}


def _is_of_a_library(name: str) -> bool:
    """Whether others write it, and not we or Python's own authors, whose `os._exit` is for everybody."""
    return name.split(".")[0] not in NO_LIBRARIES


def _imported(tree: ast.Module) -> dict[str, str]:
    """Name in this module → dotted name, of everything that is imported."""
    names = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {each.asname or each.name.split(".")[0]: each.name for each in node.names if each.asname}
            names |= {each.name.split(".")[0]: each.name.split(".")[0] for each in node.names if not each.asname}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names |= {each.asname or each.name: f"{node.module}.{each.name}" for each in node.names}
    return names


def _dotted(node: ast.expr, names: dict[str, str]) -> str:
    """a.b.c for what is reached from an imported name; "" for anything else."""
    if isinstance(node, ast.Name):
        return names.get(node.id, "")
    if isinstance(node, ast.Attribute) and (owner := _dotted(node.value, names)):
        return f"{owner}.{node.attr}"
    return ""


def _of_its_bases(node: ast.ClassDef, names: dict[str, str]) -> Iterator[str]:
    """The private names that a class takes or overrides of a library's class that it is made from."""
    parts = [part for base in node.bases for part in ast.walk(base) if isinstance(part, ast.expr)]
    bases = {name for part in parts if (name := _dotted(part, names)) and _is_of_a_library(name)}
    inside = {each.name for each in node.body if isinstance(each, ast.FunctionDef)}
    inside |= {each.attr for each in ast.walk(node) if isinstance(each, ast.Attribute) and _is_own(each.value)}
    for base in bases:
        try:
            owner = found(base)
        except (AttributeError, ImportError):
            continue
        yield from (f"{base}.{name}" for name in inside if name.startswith("_") and _is_private(owner, name))


def _is_own(node: ast.expr) -> bool:
    """self, or super()."""
    return ast.unparse(node) in ("self", "super()")


def _is_private(owner: object, name: str) -> bool:
    """Whether a class has this name, which is no special method's; instances may have more."""
    return not name.endswith("__") and hasattr(owner, name)


def _sources() -> dict[str, str]:
    paths = [ROOT / "app.py", *(ROOT / "mnist_core").rglob("*.py"), *(ROOT / "pages").rglob("*.py")]
    return {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in paths}


def test_every_private_use_is_known_by_its_file() -> None:
    """A new one needs a line and a test in tests/test_upgrades.py, or better a public way."""
    uses = {name: path for path, source in _sources().items() for name in private_uses(source)}
    for name in sorted(uses.keys() - IN_OLD_FILES):
        assert name in PRIVATE, (
            f"{uses[name]} uses {name}, which is private. PRIVATE in tests/test_upgrades.py lacks it."
        )
        assert uses[name].endswith(PRIVATE[name][0]), f"{name} is used in {uses[name]}."
    assert set(PRIVATE) == uses.keys() - IN_OLD_FILES, "PRIVATE in tests/test_upgrades.py names what nobody uses."


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("from keras.src import backend", "keras.src.backend"),
        ("import keras.src.backend as b", "keras.src.backend"),
        ("from numpy import _core", "numpy._core"),
        ("from numpy._core import multiarray", "numpy._core.multiarray"),
        ("import numpy as np\nnp._core.multiarray", "numpy._core.multiarray"),
        ("import psutil\npsutil._psplatform.boot_time()", "psutil._psplatform.boot_time"),
        ("import keras\nclass A(keras.optimizers.Adam):\n def _clip_gradients(self, g): ...",
         "keras.optimizers.Adam._clip_gradients"),
        ("import keras\nclass A(keras.layers.Layer):\n def f(self): return super()._get_own_losses()",
         "keras.layers.Layer._get_own_losses"),
        ("import keras\nclass A(watched(keras.layers.Layer)):\n def f(self): return self._get_own_losses()",
         "keras.layers.Layer._get_own_losses"),
        ("NAMES = 'keras.layers keras.src.models.functional'.split()", "keras.src.models.functional"),
    ],
)  # fmt: skip
def test_a_private_use_is_found(source: str, name: str) -> None:
    """However it is written."""
    assert private_uses(source) == {name}


@pytest.mark.parametrize(
    "source",
    [
        "import keras\nclass A(keras.layers.Layer):\n def f(self): return self._own",
        "from mnist_core.common import database\ndatabase._version",
        "from __future__ import annotations\nimport numpy as np\nnp.array([1]).shape",
        "import numpy\nnumpy.__version__",
        "import os\nos._exit(9)",
    ],
)
def test_what_is_public_or_ours_is_none(source: str) -> None:
    """Special names, modules of ours or of Python, and our own attributes in a library's class."""
    assert private_uses(source) == set()


def test_all_of_our_code_is_looked_at() -> None:
    """The app, its pages and the core."""
    assert {"app.py", str(Path("pages/draw.py")), str(Path("mnist_core/engine/training/muon.py"))} <= set(_sources())
