"""The catalogues of translations: `make messages` brings them up to date with the code and compiles them."""

import ast
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from mnist_core.common.language import CATALOGUES, DOMAIN, LANGUAGES, SOURCE
from tests.conftest import ROOT
from tests.languages.marking import files

MARKED = {"_": 1, "N_": 1, "n_": 2}
"""Function → how many of its first arguments are texts."""
SOME_DAY = datetime(2026, 1, 1, tzinfo=UTC)
"""Stands in every compiled catalogue, so that the same texts give the same file."""
TRANSLATED = [language for language in LANGUAGES if language != SOURCE]


def extracted() -> Catalog:
    """All texts that the code marks."""
    catalog = Catalog(project="MNIST Studio", charset="utf-8")
    for file in files():
        location = (file.relative_to(ROOT).as_posix(), 0)
        for text, comments in _marked(file.read_text("utf-8")):
            catalog.add(text, locations=[location], auto_comments=comments)
    return catalog


def _marked(source: str) -> Iterator[tuple[str | tuple[str, ...], list[str]]]:
    """The texts of a Python file, and what the line above says to translators.

    Babel's own extraction sees no calls inside f-strings before Python 3.12.
    """
    lines = source.splitlines()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and (count := MARKED.get(node.func.id)):
            texts = tuple(str(each.value) for each in node.args[:count] if isinstance(each, ast.Constant))
            above = lines[node.lineno - 2].strip() if node.lineno > 1 else ""
            comments = [above.removeprefix("# ")] if above.startswith("# Translators:") else []
            if len(texts) == count and all(texts):
                yield texts[0] if count == 1 else texts, comments


def path_of(language: str) -> Path:
    """The language's catalogue; the compiled one lies beside it."""
    return CATALOGUES / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def read(language: str) -> Catalog:
    """The catalogue as it is."""
    path = path_of(language)
    source = path.read_bytes() if path.is_file() else b""
    catalog = read_po(BytesIO(source), locale=language)
    catalog.creation_date = catalog.revision_date = SOME_DAY
    return catalog


def updated(catalog: Catalog, texts: Catalog) -> Catalog:
    """The catalogue with these texts and no others; a text that is new in it has no translation."""
    catalog.update(texts, no_fuzzy_matching=True)
    catalog.obsolete.clear()
    return catalog


def source_of(catalog: Catalog) -> bytes:
    """As a file: sorted by text, so that changes are easy to read."""
    file = BytesIO()
    write_po(file, catalog, width=110, sort_output=True, omit_header=True, include_lineno=False)
    header = f'msgid ""\nmsgstr ""\n"Language: {catalog.locale}\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n'
    return f'{header}"Plural-Forms: {catalog.plural_forms}\\n"\n\n'.encode() + file.getvalue()


def compiled(catalog: Catalog) -> bytes:
    """As `gettext` reads it."""
    file = BytesIO()
    write_mo(file, catalog)
    return file.getvalue()


def forms(message: Message) -> tuple[str, ...]:
    """Its translations: one, or one for each plural form of the language; empty where there is none."""
    return (message.string or "",) if isinstance(message.string, str | None) else tuple(message.string)


def main() -> None:
    """Write each catalogue anew, and say what it lacks."""
    for language in TRANSLATED:
        catalog = updated(read(language), extracted())
        path = path_of(language)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(source_of(catalog))
        path.with_suffix(".mo").write_bytes(compiled(read(language)))
        missing = [message.id for message in catalog if message.id and not all(forms(message))]
        print(f"{LANGUAGES[language]}: {len(catalog)} texts, {len(missing)} without a translation")


if __name__ == "__main__":
    main()
