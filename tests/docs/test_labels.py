"""What the pages of the documentation print in bold is on the pages of the app, under that name."""

import ast
import re

import pytest

from tests.docs.markdown import DOCS
from tests.languages.marking import files

PAGES = ("install", "draw", "train", "fine-tune", "evaluate", "models", "troubleshooting")


def bold(page: str) -> set[str]:
    """Its labels of buttons, fields, tabs and the like."""
    return set(re.findall(r"\*\*([^*]+)\*\*", (DOCS / f"{page}.md").read_text(encoding="utf-8")))


@pytest.mark.parametrize("page", PAGES)
def test_the_labels_that_a_page_names_exist(page: str) -> None:
    """A label whose end is not known beforehand is named by its beginning."""
    nodes = [
        node for file in files("app.py", "pages", "mnist_core") for node in ast.walk(ast.parse(file.read_text("utf-8")))
    ]
    texts = [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    plain = [re.sub(r":[a-z]+/\w+:|\*\*", "", text).strip() for text in texts]
    assert [label for label in bold(page) if not any(text.startswith(label) for text in plain)] == []
