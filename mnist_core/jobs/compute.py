"""The settings of the cluster, as the workspace keeps them. The token has a file of its own, for its owner's eyes."""

import json
import os
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from mnist_core.common.errors import InputError, StudioError, UnreadableError
from mnist_core.common.files import remove, replacing, storage_errors, write_json
from mnist_core.common.language import _, advice
from mnist_core.common.workspace import Workspace
from mnist_core.config.compute import Compute
from mnist_core.config.flags import flag

INSTALL = 'pip install "mnist-studio[cluster]"'
CLUSTER = "MNIST_STUDIO_CLUSTER"
"""The variable that names a cluster for the commands of a terminal."""
OWN_TOKENS = ("RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH")
"""Ray's variables for a token. They come before the workspace's."""
RAYS_TOKEN = "~/.ray/auth_token"  # noqa: S105 – a path
"""Where Ray itself keeps the token of a person."""


def read(workspace: Workspace) -> Compute:
    """What is stored; this machine by default.

    Raises:
        UnreadableError: the file is damaged.
    """
    path = workspace.compute
    try:
        with storage_errors(path):
            values = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        return Compute.checked(**values)
    except (ValueError, TypeError, InputError):
        raise UnreadableError(
            _(
                "{file} is damaged. {advice}",
                file=str(path),
                advice=advice(
                    app=_("Save the Settings page again."), command_line=_("Delete it to compute on this machine.")
                ),
            )
        ) from None


def is_elsewhere(workspace: Workspace) -> bool:
    """Whether trainings go to a cluster. Unreadable settings are told where they matter."""
    try:
        return bool(read(workspace).cluster)
    except StudioError:
        return False


def wanted(workspace: Workspace, given: dict[str, Any]) -> Compute:
    """What a command asks for: its flags come before the variable, and that before what is stored.

    Args:
        given: the fields that the flags have set.

    Raises:
        InputError: a value is wrong.
        UnreadableError: as for `read`.
    """
    named = {"cluster": os.environ[CLUSTER]} if os.environ.get(CLUSTER) else {}
    return Compute.checked(flag, **{**read(workspace).model_dump(), **named, **given})


def keep(workspace: Workspace, compute: Compute) -> None:
    """Store the settings."""
    write_json(workspace.compute, compute.model_dump())


def keep_token(workspace: Workspace, token: str) -> None:
    """Store the token where only its owner can read it."""
    write_secret(workspace.cluster_token, token.strip())


def forget_token(workspace: Workspace) -> None:
    """Remove the stored token."""
    with storage_errors(workspace.cluster_token):
        remove(workspace.cluster_token)


def write_secret(path: Path, secret: str) -> None:
    """Write a file that only its owner can read."""
    with replacing(path) as temporary:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(secret)


def check_ray() -> None:
    """Raises:
    InputError: Ray is not installed.
    """
    if find_spec("ray") is None:
        raise InputError(_("A cluster needs Ray. To install it: {command}", command=INSTALL))


def token_file(workspace: Workspace) -> Path | None:
    """The file with the token, unless a variable has it; None if there is none."""
    places = (workspace.cluster_token, Path(RAYS_TOKEN).expanduser())
    return next((place for place in places if place.is_file()), None)


def has_token(workspace: Workspace) -> bool:
    """Whether there is a token, in whatever place."""
    return any(os.environ.get(name) for name in OWN_TOKENS) or token_file(workspace) is not None
