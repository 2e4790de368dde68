"""Names and notes from people or foreign files, made visible, one line long and harmless to show."""

import unicodedata

from mnist_core.common.errors import InputError
from mnist_core.common.language import _

MAX_NAME = 100
MAX_NOTE = 500
MAX_TAG = 40

_JOINERS = "\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}"
"""Invisible, but Persian words and joined emojis need them."""
_INVISIBLE = "".join(map(chr, (0x115F, 0x1160, 0x2800, 0x3164, 0xFFA0)))
"""Letters and symbols of Unicode that show nothing."""


def plain(text: str, keep: str = "") -> str:
    """The text with � for control characters, for marks that change the writing direction, and for what has no code.

    Args:
        keep: characters that stay.
    """
    return "".join("\N{REPLACEMENT CHARACTER}" if _acts(each) and each not in keep else each for each in text)


def _acts(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp") and character not in _JOINERS


def cleaned(name: str) -> str:
    """A name as it is stored: `plain`, without blanks around it, and empty if no character is visible."""
    return plain(name).strip() if any(map(_is_visible, name)) else ""


def _is_visible(character: str) -> bool:
    return not (character.isspace() or character in _JOINERS + _INVISIBLE or _acts(character))


def of_model(name: str) -> str:
    """Like `cleaned`, for a model's name.

    Raises:
        InputError: it is empty or blank, or longer than `MAX_NAME`.
    """
    name = cleaned(name)
    if not 0 < len(name) <= MAX_NAME:
        raise InputError(
            _(
                "A model's name must have 1 to {limit} visible characters; this one has {count:,}.",
                limit=MAX_NAME, count=len(name),
            )
        )  # fmt: skip
    return name


def tag(text: str) -> str:
    """A tag as it is stored; empty if no character is visible."""
    return cleaned(text)[:MAX_TAG].strip()


def note(text: str) -> str:
    """A note as it is stored."""
    return plain(text, keep="\n").strip()[:MAX_NOTE]
