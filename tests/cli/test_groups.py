"""What holds for every group of commands."""

from typing import Any

import pytest

from mnist_core.cli.commands import COMMANDS, Commands


def groups() -> list[str]:
    return [name for name in COMMANDS if hasattr(Commands().get_command(None, name), "commands")]


@pytest.mark.parametrize("name", groups())
def test_a_workspace_before_a_command_reaches_it(name: str) -> None:
    """As one after it does."""
    group: Any = Commands().get_command(None, name)
    for called, command in group.commands.items():
        if not any(each.name == "workspace" for each in command.params):
            continue
        with group.make_context(name, ["--workspace", "mine", called]) as context:
            context.invoked_subcommand = called
            context.invoke(group.callback, **context.params)
            inner = command.make_context(called, [], parent=context, resilient_parsing=True)
        assert inner.params["workspace"] == "mine", f"{name} {called}"
