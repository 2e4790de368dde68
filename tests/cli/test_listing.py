"""Lists in terminals of several widths, and in a pipe: no name and no figure is cut."""

import re

import pytest

from mnist_core.cli import listing, shared

ROWS = {
    "name": ["balanced, 2026-11-27 06:36", "the second class of the evening school", "日本語の名前のとても長いモデル"],
    "data": ["mnist", "/home/ada/data/handwriting-of-the-evening-school/mine.npz", "drawings"],
    "test accuracy": ["99.59%", "–", "100.00%"],
    "id": ["20261127-063604-83da09", "20261127-063604-684533", "shipped"],
}


def shown(width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> list[str]:
    monkeypatch.setattr(listing.output, "width", width)
    listing.show(ROWS, names="name", optional="data")
    return capsys.readouterr().out.splitlines()


@pytest.mark.parametrize("width", [20, 40, 60, 80, 100, 140, shared.UNLIMITED])
def test_names_and_figures_are_whole(
    width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = shown(width, monkeypatch, capsys)
    for figure in (*ROWS["test accuracy"], *ROWS["id"]):
        assert any(figure in line.split() for line in lines)
    names = "".join(line.split("  ")[0] for line in lines).replace(" ", "")
    for name in ROWS["name"]:
        assert name.replace(" ", "") in names
    assert "…" not in "".join(lines)
    assert ("The column “data” needs a wider terminal." in lines) == (width < 80)


def test_a_table_that_can_fit_does(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for width in (60, 80, 140):
        assert max(map(listing.cell_len, shown(width, monkeypatch, capsys))) <= width


def test_a_pipe_has_a_line_for_each_row(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever the width of the terminal that started it."""
    monkeypatch.setenv("COLUMNS", "40")
    assert shared._Literal().width == shared.UNLIMITED
    _title, *rows = shown(shared.UNLIMITED, monkeypatch, capsys)
    assert [re.split("  +", row.strip()) for row in rows] == [list(row) for row in zip(*ROWS.values(), strict=True)]
