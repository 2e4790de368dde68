"""Every link of every document leads somewhere, on GitHub and in the site that `make docs` builds."""

import re
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.docs.markdown import DOCS, DOCUMENTS, anchors, links, name


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_links_lead_somewhere(document: Path) -> None:
    """The file is there and has the heading. A page of the site links to pages of the site only."""
    for link in links(document):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (document.parent / path).resolve() if path else document
        assert target.exists(), f"{name(document)} links to {link}"
        assert target.is_relative_to(ROOT)
        assert not document.is_relative_to(DOCS) or target.is_relative_to(DOCS), f"{link} is not part of the site"
        assert not anchor or anchor in anchors(target), f"{name(document)} links to {link}: no such heading"


def test_every_page_is_in_the_navigation() -> None:
    """properdocs.yml names each page."""
    listed = (ROOT / "properdocs.yml").read_text(encoding="utf-8")
    assert [name(page) for page in DOCS.rglob("*.md") if page.relative_to(DOCS).as_posix() not in listed] == []


def test_every_picture_is_shown() -> None:
    """No file of docs/images is left over."""
    shown = {(document.parent / link).resolve() for document in DOCUMENTS for link in links(document)}
    assert [each.name for each in (DOCS / "images").iterdir() if each not in shown] == []
