"""What the commands share: their options, where they print, and flags made from a config's fields."""

import inspect
import json
import os
import shlex
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from mnist_core.common import language, names
from mnist_core.common.language import Text as Shown
from mnist_core.common.language import _
from mnist_core.config.flags import flag, opposite

if TYPE_CHECKING:
    from mnist_core.config.fields import Config
    from mnist_core.models.model import Model
    from mnist_core.models.registry import Registry


UNLIMITED = 100_000
"""Columns of what is not a terminal, so that nothing is cut or wrapped there."""


class _Literal(Console):
    """Shows every text as it is: no markup in "[red]", no emoji in ":cat:", and nothing that the terminal obeys."""

    def __init__(self, *, stderr: bool = False) -> None:
        super().__init__(stderr=stderr, highlight=False, markup=False, emoji=False)
        if not self.is_terminal:
            self.width = UNLIMITED

    def render_str(self, text: str, **options: Any) -> Text:
        return super().render_str(names.plain(text, keep="\n\t"), **options)


errors = _Literal(stderr=True)
output = _Literal()

WorkspaceOption = Annotated[
    str,
    typer.Option(
        "--workspace",
        help=_("The workspace folder. [MNIST_STUDIO_HOME; else ./workspace, if it exists; else your data folder]"),
    ),
]
ModelOption = Annotated[str, typer.Option("--model", help=_("The name or id of a model. [the active model]"))]
JsonOption = Annotated[bool, typer.Option("--json", help=_("Print one JSON object."))]

DryRunOption = Annotated[bool, typer.Option("--dry-run", help=_("Show what the data contains, without using it."))]


def hand_down(context: typer.Context, workspace: WorkspaceOption = "") -> None:
    """Let a group's command use the workspace that is named before it, unless another is named after it."""
    if workspace and context.invoked_subcommand:
        context.default_map = {context.invoked_subcommand: {"workspace": workspace}}


def flags_of(
    *configs: "type[Config]", leave_out: Sequence[str] = ()
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command one flag for each field of `configs`; it receives the given ones as `fields`.

    Args:
        leave_out: the fields that the command has flags of its own for.
    """

    owners = {name: config for config in configs for name in config.model_fields if name not in leave_out}

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        def with_fields(**values: Any) -> None:
            fields = {name: values.pop(name) for name in owners}
            command(**values, fields={name: value for name, value in fields.items() if value is not None})

        own = [each for each in inspect.signature(command).parameters.values() if each.name != "fields"]
        flags = [_flag(config, name) for name, config in owners.items()]
        with_fields.__name__, with_fields.__doc__ = command.__name__, command.__doc__
        with_fields.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
            [each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in own] + flags
        )
        with_fields.__annotations__ = {each.name: each.annotation for each in [*own, *flags]}
        return with_fields

    return decorate


def _flag(config: "type[Config]", name: str) -> inspect.Parameter:
    field = config.model_fields[name]
    kind: Any = field.annotation
    names = [f"{flag(name)}/{opposite(name)}"] if kind is bool else [flag(name)]
    names += [flag(also)] if (also := config.other_name(name)) else []
    option = typer.Option(*names, help=_help(config.explanation(name), field.default))
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[kind | None, option]
    )


def _help(explanation: str, default: object) -> str:
    return f"{explanation} [{default}]" if default != "" else explanation


def print_json(values: dict[str, Any]) -> None:
    """One JSON object on standard output, for programs: its texts are English whatever the person's language."""
    with language.speaking(language.SOURCE):
        print(json.dumps(_again(values)))


def _again(value: Any) -> Any:
    if isinstance(value, Shown):
        return value.again()
    if isinstance(value, dict):
        return {name: _again(each) for name, each in value.items()}
    return [_again(each) for each in value] if isinstance(value, list) else value


def tell(report: dict[str, Any], sentence: str, as_json: bool) -> None:
    if as_json:
        print_json(report)
    else:
        output.print(sentence, soft_wrap=True)


def find_model(name: str, registry: "Registry") -> "Model":
    """The model that a person named, or the active one, with a warning if another one takes its place."""
    if not name and registry.passed_over:
        errors.print(_("warning: {message}", message=registry.passed_over), soft_wrap=True)
    return registry.find(name)


def no_preset(name: str) -> Shown:
    """That there is no such preset."""
    from mnist_core.config.presets import offered

    return _("There is no preset {name!r}. Allowed: {allowed}.", name=name, allowed=offered())


def command(words: str, workspace: str) -> str:
    """The command line for `words`, with the workspace that the person named, if any."""
    where = f" --workspace {_quoted(workspace)}" if workspace else ""
    return f"mnist-studio {words}{where}"


def _quoted(word: str) -> str:
    """As the system's shell takes it."""
    return subprocess.list2cmdline([word]) if os.name == "nt" else shlex.quote(word)


@contextmanager
def libraries_silent() -> Iterator[None]:
    """Silence standard error: TensorFlow's C++ writes there, past Python."""
    terminal = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(terminal, 2)
        os.close(terminal)
        os.close(nowhere)
