"""Which texts of the code are not marked for translation: `python -m tests.languages.marking [folder or file …]`.

A string is taken for a text that people see if it has two words in a row, or if it is what a widget, a chart or a
command shows. It is marked inside a call of `_`, `n_` or `N_`. What only programmers see is left out: docstrings,
the log, SQL, patterns, and the strings that `NOT_SHOWN` names.
"""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.conftest import ROOT

FOLDERS = ("app.py", "pages", "mnist_core")
MARKS = {"_", "n_", "N_"}
UNSEEN = {
    "debug", "info_log", "exception", "execute", "executemany", "executescript", "compile", "filterwarnings",
    "RuntimeError", "AssertionError", "NotImplementedError", "TypeError", "LookupError", "KeyError", "Literal", "html",
    "getLogger", "Formatter", "TypeVar", "ParamSpec", "add_argument", "cast", "startswith", "endswith", "replace",
    "Problem",
}  # fmt: skip
"""The names of functions whose arguments no person sees."""
SHOWING = {
    "button", "caption", "markdown", "toast", "warning", "error", "info", "success", "metric", "tabs", "expander",
    "popover", "toggle", "checkbox", "selectbox", "slider", "radio", "pills", "segmented_control", "text_input",
    "number_input", "text_area", "multiselect", "file_uploader", "download_button", "link_button", "page_link", "badge",
    "subheader", "header", "title", "progress", "status", "spinner", "dialog", "Page", "link", "menu_button",
}  # fmt: skip
"""Streamlit's functions whose first argument is shown."""
SHOWN_ARGUMENTS = {"help", "label", "placeholder", "title", "text", "page_title", "hovertemplate", "description"}
ENGLISH = ("benchmarks", "service")
"""The rooms that write documents and answer programs."""
FOR_BROWSERS = {"CSS", "JS", "HTML"}
"""The names of constants in a browser's languages."""
TWO_WORDS = re.compile(r"[A-Za-z]{2,}[,;:.…]? [A-Za-z]{1,}")
LETTERS = re.compile(r"[A-Za-z]{2,}")
ICON = re.compile(r":[a-z]+/?[a-z_]*:|\*\*|:[a-z]+\[|\]|%\{[^}]*\}|<[^<>]*>|pages/\w+\.py")
COMMAND = re.compile(r"(mnist-studio|pip install|python -m) ")
SQL = re.compile(
    r"\bIN \(|\bOR \w+ =|\b(SELECT|CREATE|ALTER|UPDATE|DELETE|INSERT|DESC|LIMIT|IS\W+(NOT\W+)?NULL|json_extract)\b"
)
NOT_SHOWN = Path(__file__).parent / "not_shown.txt"
"""A line each: a string of the code that looks like a text and is none, or is English by intention."""


def unmarked(path: Path) -> Iterator[tuple[int, str]]:
    """The line and the text of each."""
    allowed = set(NOT_SHOWN.read_text("utf-8").splitlines())
    return ((line, text) for line, text in candidates(path) if text.strip() not in allowed)


def candidates(path: Path) -> list[tuple[int, str]]:
    """The same, with those that `NOT_SHOWN` names."""
    parts = _parts(ast.parse(path.read_text("utf-8")), path)
    return sorted({each for part in parts for each in _of(part, shown=False)})


def _parts(tree: ast.Module, path: Path) -> list[ast.AST]:
    """What people may see of a module. In the rooms that are `ENGLISH`, that is what they raise and tell."""
    if path.parent.name not in ENGLISH:
        return [tree]
    told = (ast.Raise, ast.Call)
    return [
        each
        for each in ast.walk(tree)
        if isinstance(each, told) and (isinstance(each, ast.Raise) or getattr(each.func, "id", "") == "tell")
    ]


def _of(node: ast.AST, *, shown: bool) -> Iterator[tuple[int, str]]:
    """
    Args:
        shown: whether the node is what a widget or a command shows, where one word is a text.
    """
    if isinstance(node, ast.Call):
        yield from _of_call(node)
    elif isinstance(node, ast.JoinedStr):
        text = "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
        if _is_text(text.replace("{}", " "), shown=shown):
            yield node.lineno, text
        else:
            for part in node.values:
                if isinstance(part, ast.FormattedValue):
                    yield from _of(part, shown=False)
    elif isinstance(node, ast.Constant):
        if isinstance(node.value, str) and _is_text(node.value, shown=shown):
            yield node.lineno, node.value
    elif isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in FOR_BROWSERS:
        return
    elif isinstance(node, ast.Subscript):  # of a type or a table: its key is a name
        yield from _of(node.value, shown=False)
    elif isinstance(node, ast.IfExp):
        yield from _of(node.test, shown=False)
        for branch in (node.body, node.orelse):
            yield from _of(branch, shown=shown)
    elif isinstance(node, ast.Assert) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
        return
    else:
        for child in ast.iter_child_nodes(node):
            yield from _of(child, shown=shown and isinstance(node, ast.List | ast.Tuple))


def _of_call(node: ast.Call) -> Iterator[tuple[int, str]]:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    module = getattr(node.func.value, "id", "") if isinstance(node.func, ast.Attribute) else ""
    if module == "logger" or (
        isinstance(node.func, ast.Attribute) and getattr(node.func.value, "attr", "") == "logger"
    ):
        return
    if name in UNSEEN:
        return
    if name != "split":  # "a list of words".split()
        yield from _of(node.func, shown=False)
    for number, argument in enumerate(node.args):
        if name in MARKS and isinstance(argument, ast.Constant):
            continue
        yield from _of(argument, shown=number == 0 and name in SHOWING and module != "logger")
    for keyword in node.keywords:
        yield from _of(keyword.value, shown=keyword.arg in SHOWN_ARGUMENTS)


def _is_text(text: str, *, shown: bool) -> bool:
    text = ICON.sub("", text)
    return not SQL.search(text) and not COMMAND.match(text) and bool((LETTERS if shown else TWO_WORDS).search(text))


CODE = [ROOT / "mnist_core" / "config" / name for name in ("keras_network.py", "keras_script.py")]
"""Files that write programs, which are English in every language."""


def files(*names: str) -> list[Path]:
    """The Python files below these folders of the repository, without those whose texts are code."""
    found = [ROOT / name for name in names or FOLDERS]
    below = (file for each in found for file in (each.rglob("*.py") if each.is_dir() else [each]))
    return sorted(file for file in below if file not in CODE)


if __name__ == "__main__":
    for file in files(*sys.argv[1:]):
        for line, text in unmarked(file):
            print(f"{file.relative_to(ROOT)}:{line}: {text[:110]!r}")
