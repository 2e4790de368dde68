"""Nothing that Streamlit calls by itself is without the pages' error boundary: read from the pages' source."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT

BOUNDARY = "guarded.py"
SOURCES = sorted(path for path in (ROOT / "pages").rglob("*.py") if path.name != BOUNDARY)
CALLBACKS = {"on_click", "on_change", "on_select", "on_submit"}
WRAPPERS = {"guarded", "once"}


def calls(path: Path) -> Iterator[ast.Call]:
    return (node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call))


def name(node: ast.expr) -> str:
    """`f` for f(…) and module.f(…)."""
    function = node.func if isinstance(node, ast.Call) else node
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def unguarded(path: Path) -> list[str]:
    """What is called by Streamlit outside the boundary, with its line."""
    found = []
    for call in calls(path):
        for argument in call.keywords:
            given = argument.value
            wrapped = isinstance(given, ast.Call) and name(given) in WRAPPERS
            if argument.arg in CALLBACKS and not wrapped and not isinstance(given, ast.Constant):
                found.append(f"{path.name}:{given.lineno} {argument.arg}")
            if argument.arg == "data" and name(call) == "download_button" and name(given) != "deferred":
                found.append(f"{path.name}:{given.lineno} data of a download")
        # A run of the page would replace the buttons while the file is made, and the next click would find none.
        if name(call) == "download_button" and not any(_ignores_clicks(each) for each in call.keywords):
            found.append(f"{path.name}:{call.lineno} run after a download")
    tree = ast.walk(ast.parse(path.read_text("utf-8")))
    found += [f"{path.name}:{node.lineno} {node.attr}" for node in tree if _is_bare(node)]
    return found


def _ignores_clicks(argument: ast.keyword) -> bool:
    return argument.arg == "on_click" and getattr(argument.value, "value", None) == "ignore"


def _is_bare(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and node.attr in ("fragment", "dialog") and name(node.value) == "st"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_callbacks_fragments_and_downloads_are_guarded(path: Path) -> None:
    assert unguarded(path) == []


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("st.button('a', on_click=f)", ["on_click"]),
        ("st.button('a', on_click=lambda: None)", ["on_click"]),
        ("st.button('a', on_click=once(f))", []),
        ("st.selectbox('a', [], on_change=module.f)", ["on_change"]),
        ("st.dataframe([], on_select='rerun')", []),
        ("st.download_button('a', data=lambda: b'', on_click='ignore')", ["data of a download"]),
        ("st.download_button('a', data=deferred(f), on_click='ignore')", []),
        ("st.download_button('a', data=deferred(f))", ["run after a download"]),
        ("@st.fragment\ndef f(): pass", ["fragment"]),
        ("@guarded_fragment\ndef f(): pass", []),
    ],
)
def test_this_test_finds_what_is_not_guarded(line: str, found: list[str], tmp_path: Path) -> None:
    """It would fail."""
    path = tmp_path / "page.py"
    path.write_text(line)
    assert [each.split(" ", 1)[1] for each in unguarded(path)] == found
