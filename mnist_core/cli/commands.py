"""The commands by their names. A command's module is imported when the command is called: some take a second."""

import pkgutil
from typing import Any, cast

import typer
from typer.core import TyperGroup
from typer.main import get_group

from mnist_core.common import cancelling

COMMANDS = {
    "train": "train:train",
    "lr-find": "train:lr_find",
    "predict": "predict:predict",
    "evaluate": "predict:evaluate",
    "finetune": "train:finetune",
    "drawings": "drawings:drawings_app",
    "models": "models:models_app",
    "runs": "runs:runs_app",
    "bench": "bench:bench_app",
    "trainer": "hidden:trainer_command",
    "open-model": "hidden:open_model_command",
}
"""Name → module in this package, and what to take from it: a function, or a group of commands."""
HIDDEN = ("trainer", "open-model")


class Commands(TyperGroup):
    """A group that knows its commands' names and loads each command when it is asked for."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands = cast(Any, dict.fromkeys(COMMANDS))  # Typer lists and suggests these names

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Typer's command of that name; None if there is none."""
        if cmd_name not in COMMANDS:
            return None
        with cancelling.loading():
            found = pkgutil.resolve_name(f"{__package__}.{COMMANDS[cmd_name]}")
        alone = typer.Typer(add_completion=False, rich_markup_mode=None)
        if isinstance(found, typer.Typer):
            alone.add_typer(found, name=cmd_name)
        else:
            alone.command(cmd_name, hidden=cmd_name in HIDDEN)(found)
        return get_group(alone).get_command(ctx, cmd_name)
