"""The command line: `mnist-studio …`. People get tables and progress bars; `--json` gives programs JSON.

Results go to standard output, everything else to standard error. The exit status is 0 for success, 2 for wrong
arguments or input, 130 or 143 where Ctrl-C or TERM cancelled it, and 1 for anything else. An error is one line: what is
wrong, what is allowed, what to do.
"""

import os
import sys
from contextlib import suppress
from pathlib import Path

import typer
from typer.exceptions import TyperException

from mnist_core.cli import legacy
from mnist_core.cli.bench import bench_app
from mnist_core.cli.drawings import drawings_app
from mnist_core.cli.models import models_app
from mnist_core.cli.predict import evaluate, predict
from mnist_core.cli.runs import runs_app
from mnist_core.cli.shared import WorkspaceOption, errors
from mnist_core.cli.train import finetune, lr_find, train
from mnist_core.common import cancelling, log, processes, streams
from mnist_core.common.errors import InputError, StudioError
from mnist_core.common.files import storage_errors
from mnist_core.common.workspace import Workspace
from mnist_core.engine import trainer
from mnist_core.models import import_export

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="MNIST Studio: train a digit classifier, correct it on your drawings, fine-tune it to your handwriting.",
)
for command in (train, lr_find, predict, evaluate, finetune):
    app.command()(command)
app.add_typer(drawings_app, name="drawings")
app.add_typer(models_app, name="models")
app.add_typer(runs_app, name="runs")
app.add_typer(bench_app, name="bench")


def main() -> None:
    """Run the command line and exit with its status."""
    try:
        streams.check()
        arguments, hints = legacy.translated(sys.argv[1:])
        for hint in hints:
            errors.print(hint, soft_wrap=True)
        status = app(arguments, standalone_mode=False) or 0
        streams.check()
        sys.exit(status)
    except InputError as error:
        _fail(str(error), 2)
    except TyperException as error:
        message = error.format_message().replace("Value error, ", "")
        if message.startswith("Usage: "):  # a command without what it needs to begin with: its help
            errors.print(message, soft_wrap=True)
            sys.exit(2)
        _fail(message, 2)
    except StudioError as error:
        _fail(str(error), 1)
    except (KeyboardInterrupt, typer.Abort):
        _fail("Cancelled.", 1)
    except BrokenPipeError:  # `… | head` has closed the pipe
        streams.give_up()
        sys.exit(1)
    except Exception as error:
        if os.environ.get("MNIST_STUDIO_DEBUG"):
            raise
        _fail(log.told(error), 1)


def _fail(message: str, status: int) -> None:
    if cancelling.asked():  # perhaps the library that was interrupted has made an error of it
        raise cancelling.Cancelled
    with suppress(OSError):  # standard error may be full, too
        errors.print(f"error: {' '.join(message.split())}", soft_wrap=True)
    streams.give_up()
    sys.exit(status)


@app.command("trainer", hidden=True)
def trainer_command(workspace: WorkspaceOption = "") -> None:
    """The app's standby trainer: reads a job's id from standard input."""
    trainer.main(Workspace.open(workspace))


@app.command("open-model", hidden=True)
def open_model_command(path: Path, folder: Path) -> None:
    """Open an untrusted model in this (limited) process."""
    with processes.telling_failure():
        import_export.check_weights(path)
        with cancelling.loading():
            from mnist_core.engine.export import untrusted
        untrusted.limit_memory()
        with storage_errors(folder):
            untrusted.open_model(path, folder)
