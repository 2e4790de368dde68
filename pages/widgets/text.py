"""Names that people give, made harmless for Streamlit's Markdown."""

import re

from mnist_core.common.names import plain

_SPECIAL = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|$:~^&])")


def escape(name: str) -> str:
    """The text, so that Streamlit shows it literally: no Markdown, HTML, :colour[…], formula or line break."""
    return _SPECIAL.sub(r"\\\1", plain(name))
