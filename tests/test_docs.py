"""The documentation is true: README's commands run, its files exist, every setting is explained."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mnist_core.collection import file_formats
from mnist_core.collection.drawing import Drawing
from mnist_core.data.synthetic import write
from tests.conftest import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")


def _commands() -> list[str]:
    blocks = re.findall(r"```sh\n(.*?)```", README, flags=re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line.startswith("python -m mnist_core")]


def test_the_commands_of_the_readme_run_in_their_order(tmp_path: Path) -> None:
    """Copied line by line into a shell, in an empty folder with a drawings.jsonl, each command succeeds."""
    drawn = [Drawing(d, write(d, np.random.default_rng(n))) for d in range(10) for n in range(2)]
    (tmp_path / "drawings.jsonl").write_bytes(file_formats.to_jsonl(drawn))
    assert len(_commands()) >= 8
    for command in _commands():
        words = [sys.executable, *shlex.split(command)[1:]]
        done = subprocess.run(
            words, cwd=tmp_path, env=_environment(), capture_output=True, text=True, check=False, timeout=600
        )
        assert done.returncode == 0, f"{command}\n{done.stderr}"
    assert (tmp_path / "model.onnx").stat().st_size > 100_000


def _environment() -> dict[str, str]:
    import os

    return {**os.environ, "PYTHONPATH": str(ROOT)}


@pytest.mark.parametrize("document", ["README.md", "ARCHITECTURE.md"])
def test_links_lead_somewhere(document: str) -> None:
    """Every file that a document links to or shows is there."""
    text = (ROOT / document).read_text(encoding="utf-8")
    targets = re.findall(r"\]\(([^)#:]+)\)", text)
    assert targets
    for target in targets:
        assert (ROOT / target).exists(), f"{document} names {target}"


def test_the_make_targets_of_the_readme_exist() -> None:
    """`make run`, `make test` and `make shipped` are targets."""
    targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert set(re.findall(r"`?make (\w+)", README)) <= set(targets)
