"""Sizes, for people to read."""


def megabytes(count: int) -> str:
    """2,345,678 bytes: 2.3 MB."""
    return f"{count / 1e6:,.1f} MB"
