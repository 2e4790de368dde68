"""Settings → the command line that has them."""

import shlex
from collections.abc import Iterator
from typing import TYPE_CHECKING

from mnist_core.common.workspace import Workspace, default

if TYPE_CHECKING:
    from mnist_core.config.fields import Config


def flag(name: str) -> str:
    """The flag of a field: learning_rate → --learning-rate."""
    return f"--{name.replace('_', '-')}"


def opposite(name: str) -> str:
    """The flag that turns a field off: include_this → --exclude-this; that → --no-that."""
    return flag(f"exclude_{name.removeprefix('include_')}" if name.startswith("include_") else f"no_{name}")


def command_line(command: str, config: "Config") -> str:
    """The command with a flag for each setting that is not the default.

    Args:
        command: such as "train".
    """
    return " ".join([f"mnist-studio {command}", *_flags(config)])


def in_workspace(command: str, workspace: Workspace) -> str:
    """The command with `--workspace`, unless it would use this workspace anyway."""
    if workspace.root == default().expanduser().absolute():
        return command
    return f"{command} --workspace {shlex.quote(str(workspace.root))}"


def _flags(config: "Config") -> Iterator[str]:
    for name in config.changed():
        value = getattr(config, name)
        if isinstance(value, bool):
            yield flag(name) if value else opposite(name)
        else:
            yield f"{flag(name)} {shlex.quote(str(value))}"
