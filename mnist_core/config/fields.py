"""What all configs share: fields with a group, a label and an explanation; sentences about wrong values."""

from collections.abc import Callable, Sequence
from typing import Any, Literal, Self, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from mnist_core.common.errors import InputError
from mnist_core.common.language import N_, Text, _, listed, sentences

GROUPS = {
    "model": N_("Model"),
    "data": N_("Data"),
    "training": N_("Training"),
    "augmentation": N_("Augmentation"),
    "fine_tuning": N_("Fine-tuning"),
    "compression": N_("Compression"),
    "search": N_("Search"),
    "federated": N_("Federated learning"),
    "machine": N_("Machine"),
    "compute": N_("Cluster"),
}
"""A group's code → its title."""

OPTIONS = {
    "constant": N_("constant"),
    "cosine": N_("cosine"),
    "one-cycle": N_("one-cycle"),
    "exponential": N_("exponential"),
    "step": N_("step"),
    "everything": N_("everything"),
    "last-half": N_("last-half"),
    "head": N_("head"),
    "exclude": N_("exclude"),
    "include": N_("include"),
    "none": N_("none"),
}
"""Values that are words rather than names, such as "adam": value → text. In English, it is what a flag takes."""

_WRONG = {
    "extra_forbidden": N_("{name} is not a setting."),
    "greater_than_equal": N_("{name} must be at least {ge:.15g}, not {given}."),
    "greater_than": N_("{name} must be more than {gt:.15g}, not {given}."),
    "less_than_equal": N_("{name} must be at most {le:.15g}, not {given}."),
    "less_than": N_("{name} must be less than {lt:.15g}, not {given}."),
    "string_too_long": N_("{name} must be at most {max_length} characters long, not {given}."),
    "literal_error": N_("{name} must be one of {options}, not {given}."),
    "bool_type": N_("{name} must be true or false, not {given}."),
    "bool_parsing": N_("{name} must be true or false, not {given}."),
    "int_type": N_("{name} must be a whole number, not {given}."),
    "int_parsing": N_("{name} must be a whole number, not {given}."),
    "int_parsing_size": N_("{name} must be a smaller whole number, not {given}."),
    "int_from_float": N_("{name} must be a whole number, not {given}."),
    "float_parsing": N_("{name} must be a number, not {given}."),
    "float_type": N_("{name} must be a number, not {given}."),
    "string_type": N_("{name} must be text, not {given}."),
    "finite_number": N_("{name} must be a finite number, not {given}."),
    # Only a single device has a pattern.
    "string_pattern_mismatch": N_("{name} must be auto, cpu, or a GPU such as gpu:0 (mps:0 on a Mac), not {given}."),
}
"""Pydantic's kind of error → the sentence about a field."""
_OWN = {
    "cluster": N_("{name} must be an address such as ray://server:10001, not {given}."),
    "percentages": N_("{name} must be rising whole percentages from 0 to 95, such as 50, 80, 90, not {given}."),
    "devices": N_(
        "{name} must be auto, all, cpu, a GPU such as gpu:0 (mps:0 on a Mac), or several such as 0,1, not {given}."
    ),
}
"""The same for the errors of our own checks (`PydanticCustomError`)."""


def field(
    default: Any, group: str, label: str, description: str, choices: dict[str, str] | None = None, *, also: str = "",
    **limits: Any,
) -> Any:  # fmt: skip
    """A field of a config.

    Args:
        group: a code of `GROUPS`.
        label: its name on pages.
        description: one sentence.
        choices: value → what it is, in a few words.
        also: another name of its flag.
        limits: as for `pydantic.Field`: `ge`, `lt`, `max_length` and so on.
    """
    shown: dict[str, Any] = {"group": group, "label": label, "choices": choices or {}, "also": also}
    return Field(default, description=description, json_schema_extra=shown, **limits)


def option(value: str) -> Text:
    """A value that a field offers, as pages show it."""
    return _(OPTIONS.get(value, value))


class Config(BaseModel):
    """Frozen and strict: unknown fields, NaN and wrong values raise `pydantic.ValidationError`."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    @classmethod
    def groups(cls) -> dict[str, list[str]]:
        """Group's code → the names of its fields, in the order of definition."""
        groups: dict[str, list[str]] = {}
        for name, each in cls.model_fields.items():
            groups.setdefault(_shown(each)["group"], []).append(name)
        return groups

    @classmethod
    def label(cls, name: str) -> Text:
        """What pages call a field."""
        return _(_shown(cls.model_fields[name])["label"])

    @classmethod
    def value_text(cls, name: str, value: Any) -> str:
        """A field's value, as pages show it; "–" for an empty one."""
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        if get_origin(cls.model_fields[name].annotation) is Literal:
            return option(value)
        return f"{value:g}" if isinstance(value, float) else str(value) or "–"

    @classmethod
    def matching(cls, query: str) -> list[str]:
        """The fields that have all words of the query in their name, their label or their explanation."""
        words = query.casefold().replace("-", "_").split()
        texts = {name: f"{name} {cls.label(name)} {cls.explanation(name)}" for name in cls.model_fields}
        plain = {name: text.casefold().replace("-", "_") for name, text in texts.items()}
        return [name for name, text in plain.items() if all(word in text for word in words)]

    def changed(self) -> list[str]:
        """The names of the fields whose values are not their defaults."""
        return [name for name, field in type(self).model_fields.items() if getattr(self, name) != field.default]

    @classmethod
    def other_name(cls, name: str) -> str:
        """Another name of the field's flag; empty if it has none."""
        also: str = _shown(cls.model_fields[name])["also"]
        return also

    @classmethod
    def explanation(cls, name: str) -> Text:
        """What a field means and, if its values need it, what each of them means."""
        explained = cls.model_fields[name]
        description = _(explained.description or "")
        choices = _shown(explained)["choices"]
        if not choices:
            return description
        named = [_("{value} ({meaning})", value=value, meaning=_(meaning)) for value, meaning in choices.items()]
        return sentences([description, _("Choices: {choices}.", choices=listed(named))])

    @classmethod
    def problems(cls, error: ValidationError, name_of: Callable[[str], str] = str) -> dict[str, Text]:
        """Field → a sentence about it: what is allowed and what was given.

        Args:
            name_of: the field → what the sentence calls it; by default its name in the code.
        """
        return {str(each["loc"][0]): cls._problem(each, name_of) for each in error.errors()}

    @classmethod
    def _problem(cls, error: ErrorDetails, name_of: Callable[[str], str]) -> Text:
        field = str(error["loc"][0])
        if field not in cls.model_fields:
            return _(_WRONG["extra_forbidden"], name=field)
        return problem(error, name_of(field), get_args(cls.model_fields[field].annotation))

    @classmethod
    def checked(cls, name_of: Callable[[str], str] = str, /, **values: Any) -> Self:
        """The constructor for values that a person gave.

        Args:
            name_of: as for `problems`.

        Raises:
            InputError: one line that names each wrong field, what is allowed and what was given.
        """
        try:
            return cls(**values)
        except ValidationError as error:
            raise InputError(sentences(cls.problems(error, name_of).values())) from None


def problem(error: ErrorDetails, name: str, options: Sequence[object] = ()) -> Text:
    """What is allowed for a value and what was given, in a sentence.

    Args:
        error: Pydantic's.
        name: what the sentence calls the value.
        options: the values to choose from, if there is such a choice.
    """
    limits = {name: limit for name, limit in error.get("ctx", {}).items() if isinstance(limit, int | float)}
    is_number = limits and "max_length" not in limits  # Typer hands numbers over as texts
    given = str(error["input"]) if is_number else repr(error["input"])
    sentence = (_WRONG | _OWN).get(error["type"])
    if sentence is None:
        return _("{name} cannot be {given}: {reason}.", name=name, given=given, reason=error["msg"])
    shown = listed([repr(each) for each in options])
    return _(sentence, name=name, given=given, options=shown, **limits)


def _shown(field: FieldInfo) -> dict[str, Any]:
    assert isinstance(field.json_schema_extra, dict)
    return field.json_schema_extra
