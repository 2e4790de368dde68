"""The language of what people see: English is the source, catalogues of `gettext` hold the others.

`_` translates when it is called, into the language of whoever is being served, so it belongs inside functions. A table
at the top of a module marks its texts with `N_` and translates them with `_` where it shows them.

A translated text remembers its source and its values. So it can be stored without a language, and shown later in any:
see `Text`.
"""

import gettext
import json
import locale
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler
    from pydantic_core import CoreSchema

DOMAIN = "mnist_studio"
CATALOGUES = Path(__file__).parents[1] / "locale"
LANGUAGES = {"en": "English", "zh_CN": "简体中文"}
"""Code → the language's own name."""
NAMED = {"chinese": "zh", "english": "en"}
"""How Windows names languages → their codes."""
SOURCE = "en"
ADVICE = "{app} / {command_line}"
"""The source of a text that has other words in the app than on the command line. Each shows its own."""
Stored = str | dict[str, Any]


def best(wanted: str) -> str:
    """The language to show to someone who asks for `wanted`: the first of a list that we have, otherwise English.

    Args:
        wanted: languages with colons between them, such as "zh-CN", "de_DE.UTF-8:zh_Hans" or Windows'
            "Chinese (Simplified)_China".
    """
    for each in wanted.split(":"):
        first = re.split(r"[-_.@ ]", each.strip())[0].lower()
        first = NAMED.get(first, first)
        for code in LANGUAGES:
            if code.split("_")[0] == first:
                return code
    return SOURCE


@cache
def of_the_system() -> str:
    """What the environment asks for: `LANGUAGE`, `LC_ALL`, `LC_MESSAGES` or `LANG`; else the operating system's."""
    for variable in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        if wanted := os.environ.get(variable, ""):
            return best(wanted)
    return best(locale.getlocale()[0] or "")


_ask: Callable[[], str] = of_the_system


def chosen_by(ask: Callable[[], str]) -> None:
    """From now on, `ask` says which language to use; it is called for each text."""
    global _ask
    _ask = ask


_in_app: Callable[[], bool] = bool


def in_app_if(served: Callable[[], bool]) -> None:
    """From now on, `served` says whether a text is for the app; it is called for each advice."""
    global _in_app
    _in_app = served


_here: ContextVar[str] = ContextVar("language", default="")


def current() -> str:
    """The code of the language in use."""
    return _here.get() or _ask()


def in_language(text: "Text", code: str) -> str:
    """A text in a language that is not the one in use, such as for a file that others will open."""
    token = _here.set(code)
    try:
        return str(text.again())
    finally:
        _here.reset(token)


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Use this language within; for a process that serves one person."""
    before = _ask
    chosen_by(lambda: code)
    try:
        yield
    finally:
        chosen_by(before)


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    return gettext.translation(DOMAIN, CATALOGUES, [language], fallback=True)


class Text(str):
    """A text in the current language, which can be stored without one.

    `stored` gives its source and its values, as JSON values; `Text.of` makes the text of them, in the language that is
    current then. A pydantic model stores a field of this type so, and its own `model_dump` gives that form.
    """

    __slots__ = ("n", "plural", "source", "values")

    source: str
    plural: str
    n: int | None
    values: Mapping[str, Any]

    def __new__(
        cls, source: str, plural: str = "", n: int | None = None, values: Mapping[str, Any] | None = None
    ) -> Self:
        """
        Args:
            source: the English text, with a placeholder in braces for each value.
            plural: the same for any count but 1; empty where the text does not count anything.
            n: the count, which decides between the two; the text has it as `{n}`.
            values: name → value; a value may be a `Text`.
        """
        catalogue = _catalogue(current())
        if n is None:
            shown = catalogue.gettext(source) if source else ""
            if source == ADVICE:
                shown = "{app}" if _in_app() else "{command_line}"
            filled = shown.format(**values) if values else shown
        else:
            filled = catalogue.ngettext(source, plural, n).format(n=n, **(values or {}))
        text = super().__new__(cls, filled)
        text.source, text.plural, text.n, text.values = source, plural, n, values or {}
        return text

    def stored(self) -> Stored:
        """Its source, or that and its values, as JSON values."""
        if self.n is None and not self.values:
            return self.source
        stored: dict[str, Any] = {"text": self.source, "values": {k: _plain(v) for k, v in self.values.items()}}
        return stored if self.n is None else stored | {"plural": self.plural, "n": self.n}

    @classmethod
    def of(cls, stored: Stored) -> "Text":
        """The text of what `stored` gave. A source that this version does not know is shown in English.

        Raises:
            ValueError: it is something else.
        """
        if isinstance(stored, Text):
            return stored.again()
        if isinstance(stored, str):
            return Text(stored)
        try:
            text, plural, n = stored["text"], stored.get("plural", ""), stored.get("n")
            values = {
                name: Text.of(each) if isinstance(each, dict) else each for name, each in stored["values"].items()
            }
            if not isinstance(text, str) or not isinstance(plural, str) or not isinstance(n, int | None):
                raise TypeError("the text is none")
            return Text(text, plural, n, values)
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            raise ValueError(f"no stored text: {error}") from None

    def again(self) -> "Text":
        """The same text in the language that is current now."""
        values = {k: v.again() if isinstance(v, Text) else v for k, v in self.values.items()}
        return Text(self.source, self.plural, self.n, values)

    def __reduce__(self) -> tuple[Any, ...]:
        return Text, (self.source, self.plural, self.n, dict(self.values))

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: "GetCoreSchemaHandler") -> "CoreSchema":
        from pydantic_core import core_schema  # large; commands watch for signals before they import it

        return core_schema.no_info_plain_validator_function(
            cls.of, serialization=core_schema.plain_serializer_function_ser_schema(lambda text: text.stored())
        )


def _plain(value: Any) -> Any:
    """A value as JSON has it."""
    if isinstance(value, Text):
        stored = value.stored()
        return {"text": stored, "values": {}} if isinstance(stored, str) else stored
    return value if isinstance(value, bool | int | float | str | None) else str(value)


def _(text: str, /, **values: Any) -> Text:
    """The text in the current language, its placeholders filled: `_("{name} is queued", name=job.name)`."""
    return Text(text, values=values)


def n_(singular: str, plural: str, n: int, /, **values: Any) -> Text:
    """The form of the text that the count asks for: `n_("{n} drawing", "{n:,} drawings", len(drawings))`."""
    return Text(singular, plural, n, values)


def N_(text: str) -> str:  # noqa: N802 – gettext's own name for it
    """Marks a text in a table for translation and leaves it as it is; `_` translates it where it is shown."""
    return text


def advice(*, app: Text, command_line: Text) -> Text:
    """What a person can do, where the app and the command line have different ways. It may be stored like any text."""
    return Text(ADVICE, values={"app": app, "command_line": command_line})


def listed(items: Iterable[str]) -> Text:
    """Names, values or texts as one text: a, b, c."""
    return _joined(N_("{first}, {second}"), [*items])


def sentences(texts: Iterable[str]) -> Text:
    """Whole sentences, one after the other, as one text."""
    return _joined(N_("{first} {second}"), [*texts])


def _joined(pair: str, texts: Sequence[str]) -> Text:
    if len(texts) > 1:
        half = len(texts) // 2
        return _(pair, first=_joined(pair, texts[:half]), second=_joined(pair, texts[half:]))
    only = texts[0] if texts else Text("")
    return only if isinstance(only, Text) else Text("{text}", values={"text": only})


def packed(text: Text) -> str:
    """A text as one line, without a language: its source, or JSON where it has values."""
    stored = text.stored()
    return stored if isinstance(stored, str) else json.dumps(stored, ensure_ascii=False)


def unpacked(line: str) -> Text:
    """The text of what `packed` gave, in the current language; any other line as it is."""
    if line.startswith("{"):
        with suppress(ValueError):
            return Text.of(json.loads(line))
    return Text(line)
