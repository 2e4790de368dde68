"""The command line: `mnist-studio …`. People get tables and progress bars; `--json` gives programs JSON.

Results go to standard output, everything else to standard error. The exit status is 0 for success, 2 for wrong
arguments or input, 130 or 143 where Ctrl-C or TERM cancelled it, and 1 for anything else. An error is one line: what is
wrong, what is allowed, what to do.
"""

import os
import sys
from contextlib import suppress

import typer
from typer.exceptions import TyperException

from mnist_core.cli import legacy, open_app, typer_words
from mnist_core.cli.commands import Commands
from mnist_core.cli.shared import errors
from mnist_core.common import cancelling, log, streams
from mnist_core.common.errors import InputError, StudioError
from mnist_core.common.language import _

app = typer.Typer(
    cls=Commands,
    invoke_without_command=True,
    callback=open_app.without_a_command,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help=_(
        "MNIST Studio: train a digit classifier, correct it on your drawings, and fine-tune it to your handwriting.\n\n"
        "Without a command, the app opens."
    ),
)


def main() -> None:
    """Run the command line and exit with its status."""
    typer_words.speak()
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
        if typer_words.is_help(error):  # a group without a command
            errors.print(error.format_message(), soft_wrap=True)
            sys.exit(2)
        _fail(typer_words.told(error), 2)
    except StudioError as error:
        _fail(str(error), 1)
    except (KeyboardInterrupt, typer.Abort):
        _fail(_("Cancelled."), 1)
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
        errors.print(_("error: {message}", message=" ".join(message.split())), soft_wrap=True)
    streams.give_up()
    sys.exit(status)
