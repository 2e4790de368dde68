"""Names that people give, made harmless for Streamlit's Markdown."""

import re

_SPECIAL = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|$:~^&])")


def escape(name: str) -> str:
    """The same text, shown literally: no Markdown, no HTML, no :colour[…], no formula, no line break."""
    visible = "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in name)
    return _SPECIAL.sub(r"\\\1", visible)
