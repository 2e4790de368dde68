"""Numbers in sentences."""


def a(digit: int) -> str:
    """A digit with its article: an 8, a 7."""
    return f"an {digit}" if digit == 8 else f"a {digit}"


def some(count: int, noun: str) -> str:
    """1 drawing, 2 drawings."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def were(count: int, noun: str) -> str:
    """1 drawing was, 2 drawings were."""
    return f"{some(count, noun)} {'was' if count == 1 else 'were'}"


def megabytes(count: int) -> str:
    """2,345,678 bytes: 2.3 MB."""
    return f"{count / 1e6:,.1f} MB"
