"""A table whose selection stays with its rows. Streamlit itself stores positions, and rows move."""

import hashlib
from collections.abc import Sequence
from typing import Any, Literal, Protocol, TypeVar

import streamlit as st

from mnist_core.common.names import plain


class WithId(Protocol):
    @property
    def id(self) -> str: ...


T = TypeVar("T", bound=WithId)
Rows = Sequence[dict[str, Any]]

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""How a formula begins in a spreadsheet. The table's tool bar downloads a CSV file, which spreadsheets open."""


def harmless(rows: Rows) -> list[dict[str, Any]]:
    """The same rows, with texts that neither the page nor a spreadsheet executes (OWASP, "CSV Injection")."""
    return [{_harmless(name): _harmless(value) for name, value in row.items()} for row in rows]


def _harmless(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    return f"'{plain(value)}" if value.startswith(FORMULA) else plain(value)


def _title(name: str, column: Any) -> str:
    """What the page calls a column. The file that the tool bar downloads has these titles, too."""
    if isinstance(column, str):
        return str(column)
    config = getattr(column, "config", column)  # a column of buttons comes wrapped, with its callback
    return str(config.get("label") or name)


def table(
    items: Sequence[T],
    rows: Rows,
    *,
    key: str,
    mode: Literal["single-row", "multi-row"],
    columns: dict[str, Any],
    default: str | None = None,
) -> list[T]:
    """Show a row for each item and return the selected items.

    Args:
        columns: key of a row → title or column configuration, in the language of the page.
        default: the id of the item that is selected until a person chooses another one.
    """
    ids = [item.id for item in items]
    selected = st.session_state.get(f"{key}.chosen", [default] if default else [])
    before = st.session_state.get(f"{key}.default")
    if default and selected == ([before] if before else []):
        selected = [default]  # nobody has chosen another row
    st.session_state[f"{key}.default"] = default
    # Other rows make a new table. It starts with the same items selected, whatever their positions are.
    shown = hashlib.sha256(" ".join([*ids, default or ""]).encode()).hexdigest()[:12]
    titles = {name: _title(name, column) for name, column in columns.items()}
    event = st.dataframe(
        harmless([{titles.get(name, name): value for name, value in row.items()} for row in rows]),
        on_select="rerun",
        selection_mode=mode,
        selection_default={"selection": {"rows": [ids.index(each) for each in selected if each in ids]}},
        hide_index=True,
        key=f"{key}.{shown}",
        column_config={titles[name]: column for name, column in columns.items()},
        placeholder="–",
    )
    chosen = [items[row] for row in event["selection"]["rows"] if row < len(items)]
    st.session_state[f"{key}.chosen"] = [item.id for item in chosen]
    return chosen
