"""Sentences that a native technical writer would put otherwise: `python -m tests.prose` (in `make check`) lists them.

It reads the documents, the texts that people see, and the docstrings and comments of the code. A line of
prose-allowed.txt is a part of a sentence that may stay as it is.
"""

import ast
import io
import re
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path

from tests.conftest import ROOT
from tests.docs.markdown import DOCUMENTS, tokens
from tests.languages.marking import files
from tests.languages.messages import extracted

LONGEST, LONGEST_IN_CODE = 30, 40
"""Words of a sentence."""
INSTEAD = {
    r"besides": "also, apart from",
    r"thus|hence|thereby|therewith|whereby|thereof|therein|whereas": "so, with, while",
    r"whilst|amongst|upon": "while, among, on",
    r"in order to": "to",
    r"utili[sz]e[sd]?|utili[sz]ing": "use",
    r"but for(?! example)": "except",
    r"all but": "nearly, all except",
    r"next to (no|nothing)": "almost no",
    r"(is|are) to be (had|found|seen|expected)": "say who does what",
    r"for good and all|once and for all": "permanently",
    r"no matter (how|what|which|where)": "whichever, however",
    r"by way of": "through",
    r"put (right|in order)": "fix",
    r"(is|are|was|were|be|been) \w+(ed|en|ade) by (a|an|the|this|each|every|its|our)": "active voice",
    r"^(?!What .*:)What [^.?,]+ (is|are|becomes|raises)(?! called| made| what)": "begin with the subject",
    r"^(Only then|Not only|Nor|Neither|Never|Nowhere|So (little|much|few)) (do|does|is|are|has|can|will)": "as above",
    r"^Of (the |an? |its |these |those |several |what )[^,:]*,": "as above",
    r"^(Then|There|Here|So|With this|By this) (goes|comes|go|come|lies|lie|stands|stand)": "as above",
    r"^Where there (is|are)": "If there is",
    r"(?:[\d.,]+|\{[^}]*\}) %": "no space before %",
}  # fmt: skip
"""What is found → what to write instead."""
ALLOWED = Path(__file__).parent / "prose-allowed.txt"


def of_documents() -> Iterator[tuple[str, str]]:
    """Where, and a paragraph, a list's item, a heading or a table's cell; code in it is one word."""
    for document in DOCUMENTS:
        if "do not edit" in document.read_text("utf-8"):  # its sentences are the code's
            continue
        for token in tokens(document):
            if token.type == "inline" and token.map:
                shown = ("X" if child.type == "code_inline" else child.content or " " for child in token.children or [])
                yield f"{document.relative_to(ROOT)}:{token.map[0] + 1}", "".join(shown)


def of_texts() -> Iterator[tuple[str, str]]:
    """Where, and a text that people see."""
    for message in extracted():
        for text in (message.id,) if isinstance(message.id, str) else message.id:
            yield message.locations[0][0] if message.locations else "", text


def of_code() -> Iterator[tuple[str, str]]:
    """Where, and a docstring's paragraph or argument, or a comment."""
    for path in files():
        source, where = path.read_text("utf-8"), path.relative_to(ROOT).as_posix()
        for node in ast.walk(ast.parse(source)):
            if (
                isinstance(node, ast.Expr)
                and isinstance(node.value, ast.Constant)
                and isinstance(node.value.value, str)
            ):
                parts = re.split(r"\n\s*\n|\n\s*(?=\w+: |- |\d\. |[\w/<>.]+  )", node.value.value)
                yield from ((f"{where}:{node.lineno}", each) for each in parts)
        found = tokenize.generate_tokens(io.StringIO(source).readline)
        yield from ((f"{where}:{each.start[0]}", each.string[2:]) for each in found if each.type == tokenize.COMMENT)


def sentences(text: str) -> list[str]:
    """One line each; what stands in brackets counts with its sentence."""
    plain = re.sub(r"\s+", " ", re.sub(r"[*_]{2}|``?[^`]*``?", lambda mark: "X" if "`" in mark[0] else "", text))
    return [each.strip() for each in re.split(r"(?<=[.!?:])\s+(?=[A-Z“(–-])|(?<=[.!?])”\s+", plain) if each.strip()]


def problems(sentence: str, *, in_code: bool = False) -> Iterator[str]:
    """What is wrong with it, each in a few words. In code, a phrase that begins with "What" may explain a name."""
    words = re.findall(r"[^\W\d_][\w’'-]*", sentence)
    if len(words) > (LONGEST_IN_CODE if in_code else LONGEST):
        yield f"{len(words)} words"
    for pattern, better in INSTEAD.items():
        is_opening = pattern.startswith("^")
        if is_opening and in_code:
            continue
        flags = re.NOFLAG if is_opening else re.IGNORECASE
        if found := re.search(rf"(?<![\w-])(?:{pattern})(?!\w)", sentence, flags):
            yield f"“{found[0]}” → {better}"


def found(paragraphs: Iterator[tuple[str, str]], *, in_code: bool = False) -> Iterator[str]:
    """A line for each problem."""
    allowed = [each for each in ALLOWED.read_text("utf-8").splitlines() if each]
    for where, text in paragraphs:
        for sentence in sentences(text):
            if not any(each in sentence for each in allowed):
                yield from (f"{where}: {problem}: {sentence}" for problem in problems(sentence, in_code=in_code))


if __name__ == "__main__":
    lines = [*found(of_documents()), *found(of_texts()), *found(of_code(), in_code=True)]
    print("\n".join(lines))
    sys.exit(bool(lines))
