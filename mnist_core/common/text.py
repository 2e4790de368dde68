"""Sizes, for people to read."""


def megabytes(count: int) -> str:
    """2,345,678 bytes: 2.3 MB."""
    return f"{count / 1e6:,.1f} MB"


def shortened(text: str, most: int) -> str:
    """The text, or its beginning and an ellipsis: at most this many characters."""
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"
