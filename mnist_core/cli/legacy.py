"""The command line of version 0.1: its names go on working for one version, each with a hint."""

from collections.abc import Sequence

from mnist_core.config import legacy

COMMANDS = {("find-rate",): ("lr-find",), ("models", "load"): ("models", "activate")}
"""First words of old → of new."""

FLAGS = {f"--{old.replace('_', '-')}": f"--{new.replace('_', '-')}" for old, new in legacy.FIELDS.items()}
BOOLEANS = {"--include-earlier": ("--include-earlier", "--exclude-earlier")}
"""Flag that took a value in version 0.1 and takes none now → the flags for yes and no."""
YES = {"learn again": True, "include-earlier": True, "unlearn": False, "exclude-earlier": False}
"""The values of --earlier."""


def translated(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """Arguments as today's command line takes them, and a hint for each old name among them."""
    words, hints = list(arguments), []
    for old, new in COMMANDS.items():
        if tuple(words[: len(old)]) == old:
            words[: len(old)] = new
            hints.append(_hint(" ".join(old), " ".join(new)))
    result: list[str] = []
    waiting = iter(words)
    for word in waiting:
        name, equals, value = word.partition("=")
        if name not in FLAGS:
            result.append(_value(result, word, hints))
            continue
        flag = FLAGS[name]
        if flag in BOOLEANS:
            given = value if equals else next(waiting, "")
            yes, no = BOOLEANS[flag]
            flag = yes if YES.get(given, True) else no
            hints.append(_hint(f"{name} '{given}'", flag))
            result.append(flag)
            continue
        hints.append(_hint(name, flag))
        result.append(flag + equals + (_translated_value(flag, value, hints) if equals else ""))
    return result, hints


def _value(before: list[str], word: str, hints: list[str]) -> str:
    """A word that may be the value of the flag before it."""
    return _translated_value(before[-1], word, hints) if before and before[-1].startswith("--") else word


def _translated_value(flag: str, value: str, hints: list[str]) -> str:
    values = legacy.VALUES.get(flag.removeprefix("--").replace("-", "_"), {})
    if value not in values:
        return value
    hints.append(_hint(f"{flag} '{value}'", f"{flag} {values[value]}"))
    return str(values[value])


def _hint(old: str, new: str) -> str:
    return f"hint: {old} is now {new}; the old name works until the next version."
