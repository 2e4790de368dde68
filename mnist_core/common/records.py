"""What is written to be read again, perhaps by a later version: frozen, checked, and with a format number."""

import json
from collections.abc import Callable
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from mnist_core.common.errors import UnreadableError
from mnist_core.common.language import _, listed

Values = dict[str, Any]
Converter = Callable[[Values], Values]


class Part(BaseModel):
    """An object within a record."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Record(BaseModel):
    """A JSON object with a format number.

    A class that changes its fields raises `FORMAT` and adds a converter from the previous format. An object that cannot
    be read raises `UnreadableError`. So a list of records shows that one as unreadable and the others as usual.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    FORMAT: ClassVar[int] = 1
    CONVERTERS: ClassVar[dict[int, Converter]] = {}
    """Format → the function from its values to those of the next format."""

    @classmethod
    def parse(cls, text: str | bytes, source: str) -> Self:
        """The record in a JSON text.

        Args:
            source: what is being read, for the message; often a `Text`.

        Raises:
            UnreadableError: it is not JSON, has a newer format, or other fields or values.
        """
        try:
            values = json.loads(text)
        except (ValueError, RecursionError):
            raise UnreadableError(_("{source} is damaged: it is not JSON.", source=source)) from None
        return cls.of(values, source)

    @classmethod
    def of(cls, values: Any, source: str) -> Self:
        """The record of these JSON values, whatever known format they have.

        Raises:
            UnreadableError: as for `parse`.
        """
        if not isinstance(values, dict):
            raise UnreadableError(_("{source} is damaged: it is not a JSON object.", source=source))
        number, values = values.get("format", 1), {name: v for name, v in values.items() if name != "format"}
        if not isinstance(number, int) or not 1 <= number <= cls.FORMAT:
            raise UnreadableError(
                _(
                    "{source} has format {number!r}; this version reads 1 to {newest}. Update the program to read it.",
                    source=source,
                    number=number,
                    newest=cls.FORMAT,
                )
            )
        try:
            for each in range(number, cls.FORMAT):
                values = cls.CONVERTERS[each](values)
            return cls(**values)
        except ValidationError as error:  # a ValueError, too, so it comes first
            fields = listed(
                dict.fromkeys(".".join(map(str, each["loc"])) or each["type"] for each in error.errors()[:3])
            )
            raise UnreadableError(
                _(
                    "{source} cannot be read. Missing, unknown or invalid fields: {fields}.",
                    source=source, fields=fields,
                )
            ) from None  # fmt: skip
        except (LookupError, TypeError, ValueError, ArithmeticError, AttributeError):
            raise UnreadableError(
                _("{source} cannot be read: its values are not those of format {number}.", source=source, number=number)
            ) from None

    def values(self) -> Values:
        """As JSON values, with the format."""
        return {"format": self.FORMAT, **self.model_dump(mode="json")}

    def text(self) -> str:
        """As JSON."""
        return json.dumps(self.values(), ensure_ascii=False)
