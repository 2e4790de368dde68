"""Typer's own words in the person's language. Typer gets some from `gettext`; the others are in English in its code.

The two classes of commands here translate their help. Patterns recognise the messages of errors.
"""

import gettext
import os
import re
from collections.abc import Callable
from typing import Any, TypeVar

import typer
from pydantic import ValidationError
from typer.core import TyperCommand, TyperGroup
from typer.exceptions import TyperException

from mnist_core.common import language
from mnist_core.common.language import CATALOGUES, DOMAIN, N_, _, listed
from mnist_core.config.fields import problem

F = TypeVar("F", bound=Callable[..., Any])

BY_GETTEXT = (N_("Arguments"), N_("Commands"), N_("Options"), N_("default: {default}"), N_("required"))
"""The words that Typer translates by itself and our commands show."""
ERRORS = {
    re.compile(r"Missing argument '(?P<name>.+)'\."): N_("Missing argument: {name}."),
    re.compile(r"Missing command\."): N_("Missing command."),
    re.compile(r"No such option: (?P<name>\S+) \(Possible options: (?P<others>.+)\)"): N_(
        "No such option: {name}. Did you mean {others}?"
    ),
    re.compile(r"No such option: (?P<name>\S+)"): N_("No such option: {name}."),
    re.compile(r"No such command (?P<name>'.+')\. Did you mean (?P<others>.+)\?"): N_(
        "No such command {name}. Did you mean {others}?"
    ),
    re.compile(r"No such command (?P<name>'.+')\."): N_("No such command {name}."),
    re.compile(r"Option '(?P<name>.+)' requires an argument\."): N_("The option {name} needs a value."),
    re.compile(r"Option '(?P<name>.+)' does not take a value\."): N_("The option {name} does not take a value."),
    re.compile(r"Got unexpected extra argument\(s\) \((?P<name>.+)\)"): N_("Unexpected arguments: {name}"),
}
"""Pattern of a message of Typer → what to say instead."""
INVALID = re.compile(r"Invalid value for '(.+?)':")
NO_CHOICE = re.compile(r"Value error, (?P<given>.+?) is not one of (?P<options>.+)\.")


def speak() -> None:
    """Let `gettext`'s own functions, which Typer calls, use our catalogue and our language."""
    os.environ["LANGUAGE"] = language.of_the_system()
    gettext.bindtextdomain(DOMAIN, str(CATALOGUES))
    gettext.textdomain(DOMAIN)


def is_help(error: TyperException) -> bool:
    """Whether it is the help of a group that was called without a command, and not an error."""
    return error.format_message().startswith(_("Usage: "))


def told(error: TyperException) -> str:
    """What an error of Typer says."""
    message = error.format_message()
    if isinstance(cause := error.__cause__, ValidationError) and (named := INVALID.match(message)):
        wrong, name = cause.errors()[0], named[1]
        if found := NO_CHOICE.fullmatch(wrong["msg"]):
            options = listed(found["options"].split(", "))
            return _("{name} must be one of {options}, not {given}.", name=name, options=options, given=found["given"])
        return problem(wrong, name)
    for pattern, text in ERRORS.items():
        if found := pattern.fullmatch(message):
            return _(text, **found.groupdict())
    return message


class _Translated:
    """Translates what Typer has in English only: the word before the usage, and the help about --help."""

    def format_usage(self, ctx: Any, formatter: Any) -> None:
        pieces = self.collect_usage_pieces(ctx)  # type: ignore[attr-defined]
        formatter.write_usage(ctx.command_path, " ".join(pieces), _("Usage: "))

    def get_help_option(self, ctx: Any) -> Any:
        option = super().get_help_option(ctx)  # type: ignore[misc]
        option.help = _("Show this message and exit.")
        return option


class Command(_Translated, TyperCommand):
    """A command."""


class Group(_Translated, TyperGroup):
    """A group of commands."""


class CommandGroup(typer.Typer):
    """Commands of these classes, with plain help texts."""

    def __init__(self, **options: Any) -> None:
        super().__init__(cls=Group, add_completion=False, rich_markup_mode=None, **options)

    def command(self, name: str | None = None, **options: Any) -> Callable[[F], F]:
        """As Typer's own."""
        return super().command(name, cls=Command, **options)
