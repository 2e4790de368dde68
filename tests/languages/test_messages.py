"""The catalogues: complete, up to date, and true to their sources."""

import re
import string
from collections.abc import Iterator

import pytest
from babel.messages import Catalog, Message
from markdown_it import MarkdownIt

from tests.conftest import ROOT
from tests.languages import messages
from tests.languages.marking import NOT_SHOWN, candidates, files, unmarked

UPDATE = "Run `make messages`, translate what is new in the .po file, and run it again."


@pytest.fixture(scope="module")
def texts() -> Catalog:
    """What the code marks."""
    return messages.extracted()


@pytest.fixture(scope="module", params=messages.TRANSLATED)
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def catalog(language: str) -> Catalog:
    return messages.read(language)


def _texts(catalog: Catalog) -> Iterator[Message]:
    return (message for message in catalog if message.id)


def test_every_sentence_is_marked() -> None:
    """In pages and commands, in errors, warnings and charts."""
    found = [f"{file.relative_to(ROOT)}:{line}: {text}" for file in files() for line, text in unmarked(file)]
    assert not found, "Mark these with _, n_ or N_ (mnist_core/common/language.py):\n" + "\n".join(found)


def test_what_is_named_as_not_shown_is_there() -> None:
    """The list of exceptions is sorted, and has no line that is not needed."""
    lines = NOT_SHOWN.read_text("utf-8").splitlines()
    found = {text.strip() for file in files() for _, text in candidates(file)}
    assert lines == sorted(set(lines) & found)


def test_a_catalogue_has_every_text_and_no_other(catalog: Catalog, texts: Catalog) -> None:
    here, there = {message.id for message in _texts(catalog)}, {message.id for message in _texts(texts)}
    assert not there - here, f"missing. {UPDATE}"
    assert not here - there, f"stale. {UPDATE}"
    assert not catalog.obsolete, f"obsolete. {UPDATE}"


def test_every_text_is_translated(catalog: Catalog) -> None:
    assert not [message.id for message in _texts(catalog) if message.fuzzy]
    assert not [message.id for message in _texts(catalog) if not all(messages.forms(message))]


def test_a_translation_has_the_placeholders_of_its_source(catalog: Catalog) -> None:
    """With the same formats; so no text fails when it is filled."""
    wrong = {}
    for message in _texts(catalog):
        wanted = _placeholders(message.id if isinstance(message.id, str) else message.id[-1])
        for form in messages.forms(message):
            if _placeholders(form) != wanted:
                wrong[form] = wanted
    assert not wrong


def test_bold_words_are_bold(catalog: Catalog) -> None:
    """In Markdown, `。**` closes nothing before a letter, so a translation puts a space there."""
    bold = [form for message in _texts(catalog) for form in messages.forms(message) if "**" in form]
    assert bold
    raw = [form for form in bold if "**" in MarkdownIt().render(re.sub(r"\{.*?\}", "x", form))]
    assert not raw, "put a space behind the closing ** of these"


def _placeholders(text: str) -> set[str]:
    if "{" not in text and "%(" in text:  # of a library that fills them in its own way
        return set()
    return {f"{name}:{form}" for _, name, form, _ in string.Formatter().parse(text) if name is not None}


def test_the_files_are_as_the_command_writes_them(catalog: Catalog, language: str) -> None:
    """The compiled one as well."""
    path = messages.path_of(language)
    assert path.read_bytes() == messages.source_of(catalog), UPDATE
    assert path.with_suffix(".mo").read_bytes() == messages.compiled(catalog), UPDATE
