"""Sizes, for people to read."""

from mnist_core.common.text import megabytes


def test_megabytes() -> None:
    """Of a million bytes each, with one digit after the point; thousands are separated."""
    assert [megabytes(count) for count in (0, 2_345_678, 1_234_500_000)] == ["0.0 MB", "2.3 MB", "1,234.5 MB"]
