"""What is written to be read again, perhaps by a later version: frozen, checked, and numbered by its format."""

import json
from collections.abc import Callable
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from mnist_core.common.errors import UnreadableError

Values = dict[str, Any]
Converter = Callable[[Values], Values]


class Part(BaseModel):
    """An object within a record."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Record(BaseModel):
    """One JSON object with the number of its format.

    A class that changes its fields raises `FORMAT` and adds a converter from the format before. What cannot be read
    is one `UnreadableError`, so that whoever shows many records can show this one as such and go on.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    FORMAT: ClassVar[int] = 1
    CONVERTERS: ClassVar[dict[int, Converter]] = {}
    """Format → the values of that format as the next one has them."""

    @classmethod
    def parse(cls, text: str | bytes, source: str) -> Self:
        """The record in a JSON text.

        Args:
            source: what is being read, for the message.

        Raises:
            UnreadableError: it is no JSON, of a newer format, or has other fields or values.
        """
        try:
            values = json.loads(text)
        except (ValueError, RecursionError):
            raise UnreadableError(f"{source} is damaged: it is not JSON.") from None
        return cls.of(values, source)

    @classmethod
    def of(cls, values: Any, source: str) -> Self:
        """The record of these JSON values, whatever known format they have.

        Raises:
            UnreadableError: as for `parse`.
        """
        if not isinstance(values, dict):
            raise UnreadableError(f"{source} is damaged: it is not a JSON object.")
        number, values = values.get("format", 1), {name: v for name, v in values.items() if name != "format"}
        if not isinstance(number, int) or not 1 <= number <= cls.FORMAT:
            raise UnreadableError(
                f"{source} has format {number!r}; this version reads 1 to {cls.FORMAT}. Update the program to read it."
            )
        try:
            for each in range(number, cls.FORMAT):
                values = cls.CONVERTERS[each](values)
            return cls(**values)
        except ValidationError as error:  # a ValueError, too, so it comes first
            fields = ", ".join(dict.fromkeys(".".join(map(str, each["loc"])) or "it" for each in error.errors()[:3]))
            raise UnreadableError(f"{source} cannot be read. Missing, unknown or invalid fields: {fields}.") from None
        except (LookupError, TypeError, ValueError, ArithmeticError, AttributeError):
            raise UnreadableError(f"{source} cannot be read: its values are not those of format {number}.") from None

    def values(self) -> Values:
        """As JSON values, with the format."""
        return {"format": self.FORMAT, **self.model_dump(mode="json")}

    def text(self) -> str:
        """As JSON."""
        return json.dumps(self.values(), ensure_ascii=False)
