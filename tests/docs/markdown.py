"""The Markdown documents, taken apart: headings, links, code blocks."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

from tests.conftest import ROOT

DOCS = ROOT / "docs"
DOCUMENTS = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
_PARSER = MarkdownIt("commonmark").enable("table")


@dataclass(frozen=True)
class Block:
    """A block of code, and what stands before it."""

    language: str
    code: str
    heading: str
    lead: str
    """The text just before it."""


def name(document: Path) -> str:
    """Its path in the repository, for messages and test ids."""
    return document.relative_to(ROOT).as_posix()


def tokens(document: Path) -> list[Token]:
    return _PARSER.parse(document.read_text(encoding="utf-8"))


def blocks(document: Path, *languages: str) -> list[Block]:
    """The code blocks in these languages, in their order."""
    found, heading, lead, is_heading = [], "", "", False
    for token in tokens(document):
        if token.type == "inline":
            lead = token.content
            heading = lead if is_heading else heading
        is_heading = token.type == "heading_open"
        if token.type == "fence" and token.info in languages:
            found.append(Block(token.info, token.content, heading, lead))
    return found


def links(document: Path) -> list[str]:
    """Where its links and pictures lead."""
    children = [child for token in tokens(document) for child in token.children or []]
    shown = [child for child in children if child.type in ("link_open", "image")]
    return [str(child.attrGet("href") or child.attrGet("src")) for child in shown]


def anchors(document: Path) -> set[str]:
    """What a link may name after #: only what GitHub and the site's generator both make of a heading."""
    headings = [_plain(inline) for inline in _headings(document)]
    return {*_numbered(map(_on_github, headings), "-")} & {*_numbered(map(_on_the_site, headings), "_")}


def _headings(document: Path) -> Iterator[Token]:
    parsed = tokens(document)
    return (after for before, after in pairwise(parsed) if before.type == "heading_open")


def _plain(inline: Token) -> str:
    return "".join(child.content for child in inline.children or [])


def _on_github(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def _on_the_site(heading: str) -> str:
    ascii_only = unicodedata.normalize("NFKD", heading).encode("ascii", "ignore").decode()
    return re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", ascii_only).strip().lower())


def _numbered(slugs: Iterator[str], joint: str) -> list[str]:
    """A slug that is there already gets a number."""
    found: list[str] = []
    for slug in slugs:
        same = sum(each == slug or re.fullmatch(f"{re.escape(slug)}{joint}\\d+", each) is not None for each in found)
        found.append(f"{slug}{joint}{same}" if same else slug)
    return found
