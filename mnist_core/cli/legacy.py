"""The command line of version 0.1: its names work for one more version, each with a hint."""

from collections.abc import Sequence

from mnist_core.common.errors import InputError
from mnist_core.common.language import _, listed
from mnist_core.config import legacy

COMMANDS = {("find-rate",): ("lr-find",), ("models", "load"): ("models", "activate")}
"""First words of old → of new."""

FLAGS = {f"--{old.replace('_', '-')}": f"--{new.replace('_', '-')}" for old, new in legacy.FIELDS.items()}
"""Old flag → new flag."""


def translated(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """The arguments under their current names, and a hint for each old name.

    Raises:
        InputError: an old flag has a value that version 0.1 did not know either.
    """
    words, hints = list(arguments), []
    for old, new in COMMANDS.items():
        if tuple(words[: len(old)]) == old:
            words[: len(old)] = new
            hints.append(_hint(" ".join(old), " ".join(new)))
    result: list[str] = []
    rest = iter(words)
    for word in rest:
        name, equals, value = word.partition("=")
        flag = FLAGS.get(name, name)
        if flag != name and flag != "--include-earlier":
            hints.append(_hint(name, flag))
        if name == "--earlier":
            flag = _include_earlier(value if equals else next(rest, ""))
            hints.append(_hint(name, flag))
            result.append(flag)
        elif values := _values_of(flag):
            given = value if equals else next(rest, None)
            if given in values:
                hints.append(_hint(f"{name} '{given}'", f"{flag} {values[given]}"))
            result += [flag] if given is None else [flag, values.get(given, given)]
        else:
            result.append(flag + equals + value)
    return result, hints


def _values_of(flag: str) -> dict[str, str]:
    """Old value → new value, of a flag that has both."""
    name = flag.removeprefix("--").replace("-", "_") if flag.startswith("--") else ""
    return {} if name == "include_earlier" else legacy.VALUES.get(name, {})


def _include_earlier(value: str) -> str:
    meant = legacy.VALUES["include_earlier"]
    if value not in meant:
        raise InputError(
            _(
                "--earlier must be one of {allowed}, not {given!r}. The flags are --include-earlier and "
                "--exclude-earlier now.",
                allowed=listed(map(repr, meant)),
                given=value,
            )
        )
    return "--include-earlier" if meant[value] else "--exclude-earlier"


def _hint(old: str, new: str) -> str:
    return _("hint: {old} is called {new} now. The old name works until the next version.", old=old, new=new)
