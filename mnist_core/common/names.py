"""Names and notes that people give, or that files from elsewhere have: visible, on one line, and harmless to show."""

import unicodedata

from mnist_core.common.errors import InputError

MAX_NAME = 100
MAX_NOTE = 500

_JOINERS = "\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}"
"""Invisible, but Persian is spelt and emojis are joined with them."""
_INVISIBLE = "".join(map(chr, (0x115F, 0x1160, 0x2800, 0x3164, 0xFFA0)))
"""Letters and signs of Unicode that show nothing."""


def plain(text: str, keep: str = "") -> str:
    """The text with � for what a terminal obeys, what turns the direction of writing, and what cannot be encoded.

    Args:
        keep: characters that stay.
    """
    return "".join("\N{REPLACEMENT CHARACTER}" if _acts(each) and each not in keep else each for each in text)


def _acts(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp") and character not in _JOINERS


def cleaned(name: str) -> str:
    """A name as it is stored: `plain` and without blanks around it; empty where nothing of it is visible."""
    return plain(name).strip() if any(map(_is_visible, name)) else ""


def _is_visible(character: str) -> bool:
    return not (character.isspace() or character in _JOINERS + _INVISIBLE or _acts(character))


def checked(name: str, what: str) -> str:
    """Like `cleaned`, of a name that must be there.

    Args:
        what: it is the name of, for the message.

    Raises:
        InputError: it is empty or blank, or longer than `MAX_NAME`.
    """
    name = cleaned(name)
    if not 0 < len(name) <= MAX_NAME:
        raise InputError(f"{what}'s name must have 1 to {MAX_NAME} visible characters; this one has {len(name):,}.")
    return name


def note(text: str) -> str:
    """A note as it is stored."""
    return plain(text, keep="\n").strip()[:MAX_NOTE]
