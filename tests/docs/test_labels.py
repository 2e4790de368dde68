"""What the documentation prints in bold or quotes is in the program, in these words."""

import ast
import re

import pytest

from tests.docs.markdown import DOCS
from tests.languages.marking import files

PAGES = ("install", "draw", "train", "fine-tune", "evaluate", "models", "serve", "troubleshooting")


def bold(page: str) -> set[str]:
    """Its labels of buttons, fields, tabs and the like."""
    return set(re.findall(r"\*\*([^*]+)\*\*", (DOCS / f"{page}.md").read_text(encoding="utf-8")))


def shown() -> list[str]:
    """Every text of the code, without icons and marks."""
    nodes = [node for file in files() for node in ast.walk(ast.parse(file.read_text("utf-8")))]
    texts = [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    return [re.sub(r":[a-z]+/\w+:|\*\*", "", text).strip() for text in texts]


@pytest.mark.parametrize("page", PAGES)
def test_the_labels_that_a_page_names_exist(page: str) -> None:
    """A label whose end is not known beforehand is named by its beginning."""
    texts = shown()
    assert [label for label in bold(page) if not any(text.startswith(label) for text in texts)] == []


def test_the_messages_that_troubleshooting_quotes_exist() -> None:
    """Where a message has a name or a number, the quotation has …"""
    quoted = re.findall(r"“([^”]+)”", (DOCS / "troubleshooting.md").read_text(encoding="utf-8"))
    texts = shown()
    assert len(quoted) > 20
    for message in quoted:
        parts = [part.strip() for part in message.split("…")]
        assert any(all(part in text for part in parts) for text in texts), f"no message has “{message}”"
