"""The page about the command line, made from the commands themselves: `make docs` writes it."""

import os
import re
from collections.abc import Iterator
from typing import Any

import typer

from tests.docs.markdown import DOCS

os.environ["LANGUAGE"] = "en"  # the commands translate their help texts when they are imported

from mnist_core.cli.app import app

PAGE = DOCS / "command-line.md"
PROGRAM = "mnist-studio"
HEAD = """\
# Command line

Made from the commands by `make docs`; do not edit.

`mnist-studio` opens the app. `mnist-studio COMMAND` does the following; `python -m mnist_core COMMAND` does the same.
`--help` explains each command in the terminal, and [JSON on the command line](formats.md#json-on-the-command-line)
explains `--json`. In square brackets: the value that a flag has if you leave it out.
"""
KINDS = {"str": "TEXT", "int": "NUMBER", "int range": "NUMBER", "float": "NUMBER", "path": "PATH"}


def page() -> str:
    """The page as it should be."""
    group: Any = typer.main.get_command(app)
    context = group.make_context(PROGRAM, [], resilient_parsing=True)
    return "\n".join([HEAD, *_parameters(group, context), *_commands(group, context)])


def _commands(group: Any, context: Any) -> Iterator[str]:
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if not command.hidden:
            yield from _command(command, f"{context.info_name} {name}")


def _command(command: Any, words: str) -> Iterator[str]:
    context = command.make_context(words, [], resilient_parsing=True)
    yield f"## {words.removeprefix(PROGRAM).strip()}\n"
    yield f"{_paragraphs(command.help)}\n"
    yield f"```\n{_usage(command, context)}\n```\n"
    yield from _parameters(command, context)
    if hasattr(command, "commands"):
        yield from _commands(command, context)


def _parameters(command: Any, context: Any) -> Iterator[str]:
    """A table of its arguments and flags; nothing if it has none."""
    own = [each for each in command.params if not getattr(each, "hidden", False)]
    if own:
        yield "| | meaning |\n|---|---|"
        for each in own:
            flag, meaning = each.get_help_record(context)
            is_flag = each.param_type_name == "option"
            yield "| {} | {} |".format(*_row(flag if is_flag else flag.split()[0].upper(), meaning))
        yield ""


def _usage(command: Any, context: Any) -> str:
    usage = " ".join(command.get_usage(context).split()).removeprefix("Usage: ")
    return re.sub(r"\{(\w+)\}", lambda place: place[1].upper(), usage)


def _paragraphs(text: str) -> str:
    return "\n\n".join(" ".join(each.split()) for each in text.split("\n\n"))


def _row(flag: str, meaning: str) -> tuple[str, str]:
    """A parameter and what it means: a table's cell holds no | of its own, so choices are listed in words."""
    choices = re.search(r" <([^>]*\|[^>]*)>", flag)
    if choices:
        flag, values = flag.replace(choices[0], ""), choices[1].split("|")
        if not all(value in meaning for value in values):
            listed = ", ".join(f"`{value}`" for value in values)
            meaning = re.sub(r"( \[[^]]*\])?$", rf" One of {listed}.\1", meaning, count=1)
    flag = re.sub(r"<([\w ]+)>", lambda kind: KINDS.get(kind[1], kind[1].upper()), flag)
    return f"`{flag}`", " ".join(meaning.split())


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
