"""The walk-through of docs/contributing.md is followed literally, in a copy of the repository."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.docs.markdown import DOCS, Block, blocks

STEPS = [
    block for block in blocks(DOCS / "contributing.md", "python", "diff", "sh") if block.heading.startswith("Add ")
]
COPIED = ("mnist_core", "pages", "tests", "docs", "app.py", "pyproject.toml", "README.md", ".streamlit")


def apply(block: Block, copy: Path) -> None:
    """Do what the sentence before a block says: write a file, or add the lines with +."""
    path = copy / named(block)
    if block.language == "python":
        assert not path.exists()
        path.write_text(block.code, encoding="utf-8")
    else:
        there, instead = places(block)
        path.write_text(path.read_text(encoding="utf-8").replace(there, instead), encoding="utf-8")


def named(block: Block) -> str:
    """The file that the sentence before a block names."""
    return re.findall(r"`([^`]+\.py)`", block.lead)[-1]


def places(block: Block) -> tuple[str, str]:
    """The lines that a file has, and what it has afterwards."""
    lines = [(line[:1], f"{line[1:]}\n") for line in block.code.splitlines()]
    return "".join(text for mark, text in lines if mark != "+"), "".join(text for _, text in lines)


@pytest.mark.slow
def test_the_walk_through(tmp_path: Path) -> None:
    """After the steps of each section the tests that it names pass, and so do types and import contracts."""
    for each in COPIED:
        copy = shutil.copytree if (ROOT / each).is_dir() else shutil.copy
        copy(ROOT / each, tmp_path / each)
    tools = Path(sys.executable).parent
    for block in STEPS:
        if block.language != "sh":
            apply(block, tmp_path)
            continue
        command = [sys.executable, *shlex.split(block.code)[1:]]
        done = run(command, tmp_path)
        assert done.returncode == 0, f"{block.code}\n{done.stdout}"
        assert " passed" in done.stdout
    for tool in ("ruff check mnist_core pages", "ruff format --check mnist_core pages", "mypy", "lint-imports"):
        done = run([str(tools / tool.split()[0]), *tool.split()[1:]], tmp_path)
        assert done.returncode == 0, f"{tool}\n{done.stdout}"


def run(command: list[str], folder: Path) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("block", [step for step in STEPS if step.language == "diff"], ids=named)
def test_the_places_that_it_names_exist(block: Block) -> None:
    """Where it adds lines to a file, the file has the lines around them."""
    there, _ = places(block)
    assert (ROOT / named(block)).read_text(encoding="utf-8").count(there) == 1, there
