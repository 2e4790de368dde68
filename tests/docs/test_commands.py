"""Every command of the documents exists, with its flags; README's are run in their order."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer
from typer.exceptions import TyperException
from typer.testing import CliRunner

from mnist_core.cli.app import app
from mnist_core.collection import file_formats
from mnist_core.collection.drawing import Drawing
from mnist_core.data.synthetic import write
from tests.conftest import ROOT
from tests.docs.markdown import DOCUMENTS, blocks, tokens

README = ROOT / "README.md"
OURS = re.compile(r"(?:mnist-studio|python -m mnist_core) (.+)")
TRAINS = ("train", "finetune")


def lines(document: Path) -> list[str]:
    return [line.split("#")[0].strip() for block in blocks(document, "sh", "bat") for line in block.code.splitlines()]


def ours(document: Path) -> list[str]:
    return [found[1] for line in lines(document) if (found := OURS.fullmatch(line))]


def quoted(document: Path) -> list[str]:
    """The commands within its sentences; one that is cut short by … is none."""
    children = [child for token in tokens(document) for child in token.children or []]
    found = [OURS.fullmatch(child.content) for child in children if child.type == "code_inline"]
    return [each[1] for each in found if each is not None and not each[1].endswith(("…", "COMMAND"))]


def problem(command: Any, words: list[str]) -> str:
    """What the command line has against these words; it parses them and runs nothing."""
    try:
        context = command.make_context("", words)
    except TyperException as error:
        return error.format_message()
    if hasattr(command, "commands") and (rest := context._protected_args + context.args):
        named = command.get_command(context, rest[0])
        return problem(named, rest[1:]) if named is not None else f"no {rest[0]}"
    return ""


def test_every_command_is_one() -> None:
    """Its name, its flags, its values. Within a sentence a command may lack its arguments."""
    whole: Any = typer.main.get_command(app)
    found = [(words, problem(whole, shlex.split(words))) for document in DOCUMENTS for words in ours(document)]
    named = [(words, problem(whole, shlex.split(words))) for document in DOCUMENTS for words in quoted(document)]
    assert min(len(found), len(named)) > 20
    assert [each for each in found if each[1]] == []
    assert [each for each in named if each[1] and not each[1].startswith("Missing argument")] == []


def test_a_wrong_command_is_found() -> None:
    whole: Any = typer.main.get_command(app)
    for words in ("trian", "train --presett quick", "train --epochs many", "models export", "models lst"):
        assert problem(whole, words.split()), words


def test_the_make_targets_exist() -> None:
    targets = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE)
    named = {name for document in DOCUMENTS for name in re.findall(r"`?\bmake ([\w-]+)`", document.read_text("utf-8"))}
    named |= {line.split()[1] for document in DOCUMENTS for line in lines(document) if line.startswith("make ")}
    assert {"run", "test", "check", "docs"} <= named <= set(targets)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder with a drawings.jsonl and a workspace."""
    drawn = [Drawing(d, write(d, np.random.default_rng(n))) for d in range(10) for n in range(2)]
    (tmp_path / "drawings.jsonl").write_bytes(file_formats.to_jsonl(drawn))
    (tmp_path / "workspace").mkdir()
    return tmp_path


def test_the_quick_commands_of_the_readme_run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All but those that train, in this process."""
    monkeypatch.chdir(folder)
    commands = [each for each in ours(README) if each.split()[0] not in TRAINS]
    assert len(commands) >= 4
    for command in commands:
        done = CliRunner().invoke(app, shlex.split(command))
        assert done.exit_code == 0, f"{command}\n{done.output}"
    assert (folder / "digits.html").stat().st_size > 100_000


@pytest.mark.slow
def test_the_commands_of_the_readme_run_in_their_order(folder: Path) -> None:
    """Copied line by line into a shell, each command succeeds."""
    assert {each.split()[0] for each in ours(README)} >= set(TRAINS)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    for command in ours(README):
        words = [sys.executable, "-m", "mnist_core", *shlex.split(command)]
        done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{command}\n{done.stderr}"
