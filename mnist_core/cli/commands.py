"""The commands by their names. A command's module is imported when the command is called: some take a second."""

import pkgutil
from typing import Any, cast

import typer
from typer.main import get_group

from mnist_core.cli.typer_words import CommandGroup, Group
from mnist_core.common import cancelling
from mnist_core.common.language import N_, _

COMMANDS = {
    "train": ("train:train", N_("Train a model from scratch, test it, and add it to the registry.")),
    "lr-find": ("train:lr_find", N_("Suggest a learning rate: run a range test with the flags of `train`.")),
    "search": (
        "search:search",
        N_(
            "Search for settings: train with different ones and compare the results on the validation images.\n\n"
            "The flags of `train` are the settings that stay. The test images are never used."
        ),
    ),
    "predict": ("predict:predict", N_("Predict the digits in files.")),
    "evaluate": ("predict:evaluate", N_("Measure a model on a test set.")),
    "finetune": (
        "train:finetune",
        N_(
            "Fine-tune a model on labelled drawings.\n\n"
            "The tuned model becomes the active model if it passes the acceptance test and predicts more of the judged "
            "drawings correctly than before. If it only passes the test, it waits on the app's Fine-tune page, where "
            "you can keep it."
        ),
    ),
    "drawings": ("drawings:drawings_app", N_("List, import and export the collected drawings.")),
    "models": ("models:models_app", N_("List, activate, import, export, delete and restore models.")),
    "export": ("export:export", N_("Write a model to a file for other programs, and check the file.")),
    "decrypt": ("decrypt:decrypt", N_("Write what an encrypted export holds.")),
    "compress": (
        "compress:compress",
        N_(
            "Make a model smaller and faster, and measure each smaller model.\n\n"
            "The models wait in the run until you keep one with --keep."
        ),
    ),
    "federate": (
        "federate_network:federate_app",
        N_("Improve one model on several people's drawings, each of which stays where it is."),
    ),
    "runs": ("runs:runs_app", N_("List trainings, fine-tunings, compressions, searches and federated learning.")),
    "serve": ("serve:serve", N_("Answer predictions for other programs over HTTP.")),
    "monitor": ("monitor:monitor", N_("Show what a model has predicted in use: drift, alerts, accuracy, latency.")),
    "cluster": ("cluster:cluster_app", N_("Run a small Ray cluster on this machine, or look at one.")),
    "bench": (
        "bench:bench_app",
        N_("Measure the program.\n\nWithout a command: compare it with its baselines and measure its overhead."),
    ),
    "trainer": ("hidden:trainer_command", ""),
    "open-model": ("hidden:open_model_command", ""),
    "try-file": ("try_file:try_file_command", ""),
}
"""Name → what to take from which module in this package (a function, or a group of commands), and its help.

A command without a help is hidden.
"""


class Commands(Group):
    """A group that knows its commands' names and loads each command when it is asked for."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        offered = [name for name, (_place, explained) in COMMANDS.items() if explained]
        self.commands = cast(Any, dict.fromkeys(offered))  # Typer lists and suggests these names

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Typer's command of that name; None if there is none."""
        if cmd_name not in COMMANDS:
            return None
        with cancelling.loading():
            place, explained = COMMANDS[cmd_name]
            found = pkgutil.resolve_name(f"{__package__}.{place}")
        alone = CommandGroup()
        if isinstance(found, typer.Typer):
            alone.add_typer(found, name=cmd_name, help=_(explained))
        else:
            alone.command(cmd_name, help=_(explained), hidden=not explained)(found)
        return get_group(alone).get_command(ctx, cmd_name)
