"""A table's selection stays with its rows, wherever they move."""

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from pages.widgets.table import harmless

CALL = re.compile(r"st\.(?:dataframe|data_editor)\(\s*(\w+\(?)")


def page() -> None:
    """One table of what the session's `ids` say."""
    from types import SimpleNamespace

    import streamlit as st

    from pages.widgets.table import table

    items = [SimpleNamespace(id=each) for each in st.session_state["ids"]]
    chosen = table(
        items, [{"name": f"the {item.id}"} for item in items],
        key="t", mode="multi-row", columns={}, default=st.session_state.get("default"),
    )  # fmt: skip
    st.session_state["found"] = [item.id for item in chosen]


def show(*ids: str, app: AppTest | None = None, **state: Any) -> AppTest:
    """The page with these rows: a new one, or the one that is open."""
    app = app or AppTest.from_function(page, default_timeout=60)
    for key, value in {"ids": ids, **state}.items():
        app.session_state[key] = value
    app.run()
    assert not app.exception
    return app


@pytest.mark.parametrize(("default", "found"), [("b", ["b"]), (None, []), ("gone", [])])
def test_the_default_is_selected_at_first(default: str | None, found: list[str]) -> None:
    """If it is there; without one nothing is."""
    app = show("a", "b", "c", default=default)
    assert list(app.dataframe[0].value["name"]) == ["the a", "the b", "the c"]
    assert app.session_state["found"] == found


def test_a_new_row_moves_no_selection() -> None:
    """Newest first: yesterday's second row is today's third, and it is still the one that is selected."""
    app = show("a", "b", **{"t.chosen": ["b"]})
    assert app.session_state["found"] == ["b"]
    show("new", "a", "b", app=app)
    assert app.session_state["found"] == ["b"]
    show("b", "new", "a", app=app)
    assert app.session_state["found"] == ["b"]


def test_the_selection_follows_the_default_until_a_person_chooses() -> None:
    app = show("a", "b", default="a")
    show("a", "b", app=app, default="b")
    assert app.session_state["found"] == ["b"]
    show("a", "b", "c", app=app, **{"t.chosen": ["a"]})
    show("a", "b", "c", app=app, default="c")
    assert app.session_state["found"] == ["a"]


def test_what_is_gone_is_selected_no_more() -> None:
    """Nor is the row that has taken its place; it does not come back selected either."""
    app = show("a", "b", "c", **{"t.chosen": ["b", "c"]})
    assert app.session_state["found"] == ["b", "c"]
    show("a", "c", app=app)
    assert app.session_state["found"] == ["c"]
    show("a", "b", "c", app=app)
    assert app.session_state["found"] == ["c"]


def test_no_rows_are_no_selection() -> None:
    """An empty table is drawn all the same."""
    app = show(**{"t.chosen": ["a"]})
    assert app.session_state["found"] == []


def test_a_row_that_is_selected_beyond_the_end_is_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    """The browser may still speak of a table that was longer."""
    from pages.widgets import table as module

    event = {"selection": {"rows": [0, 5]}}
    monkeypatch.setattr(module, "st", SimpleNamespace(session_state={}, dataframe=lambda *_, **__: event))
    items = [SimpleNamespace(id="a"), SimpleNamespace(id="b")]
    assert module.table(items, [{}, {}], key="t", mode="multi-row", columns={}) == items[:1]


def test_every_table_is_harmless() -> None:
    """Names of models and files come from other people, and each table can be downloaded."""
    root = Path(__file__).parents[2] / "pages"
    shown = [(path.name, call) for path in root.rglob("*.py") for call in CALL.findall(path.read_text("utf-8"))]
    assert shown
    assert [each for each in shown if each[1] != "harmless("] == []


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"), ("+1", "'+1"), ("-1", "'-1"), ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\N{REPLACEMENT CHARACTER}=1"), ("\r=1", "'\N{REPLACEMENT CHARACTER}=1"), ("a=1", "a=1"),
        ("\x1b[31m", "\N{REPLACEMENT CHARACTER}[31m"), ("–", "–"), ("", ""),
    ],
)  # fmt: skip
def test_no_text_is_a_formula_in_a_spreadsheet(text: str, shown: str) -> None:
    """Neither in a cell nor above a column; numbers stay numbers."""
    assert harmless([{"name": text, text: -1, "none": None}]) == [{"name": shown, shown: -1, "none": None}]
