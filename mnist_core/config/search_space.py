"""What a search varies: lines such as "learning_rate = 0.001..0.03" and "architecture = mlp, lenet, fast"."""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, get_args, get_origin

from mnist_core.common.errors import InputError
from mnist_core.common.language import N_, _, listed
from mnist_core.config.schema import TrainConfig

Value = int | float | str
SCALES = ("log", "linear")
FACTOR_OF_LOG = 10.0
"""A range of positive numbers whose bounds differ by this factor or more is logarithmic."""
NOT_SEARCHED = {
    "seed": N_("It decides which images judge the trials."),
    "validation_share": N_("It decides which images judge the trials."),
}
"""The numbers that a search must not vary → why."""
_RANGE = re.compile(r"(?P<low>.+?)\s*(?:\.\.|…)\s*(?P<high>[^,]+?)(?:\s*,\s*(?P<scale>\w+))?")


@dataclass(frozen=True)
class Range:
    """Numbers between two bounds, both included. The bounds of a whole number are whole."""

    low: int | float
    high: int | float
    log: bool

    @property
    def text(self) -> str:
        """As `parse` reads it."""
        marked = self.log != _is_wide(self.low, self.high)
        scale = f", {SCALES[0] if self.log else SCALES[1]}" if marked else ""
        return f"{self.low}..{self.high}{scale}"


@dataclass(frozen=True)
class Choices:
    """Some values, at least two."""

    values: tuple[Value, ...]

    @property
    def text(self) -> str:
        """As `parse` reads it."""
        return ", ".join(map(str, self.values))


Dimension = Range | Choices
Space = dict[str, Dimension]
"""Setting → the values that a search tries."""


def searchable() -> list[str]:
    """The settings that a search can vary: numbers, and choices from a list."""
    return [
        name
        for name, field in TrainConfig.model_fields.items()
        if name not in NOT_SEARCHED and (field.annotation in (int, float) or _is_choice(name))
    ]


def parse(text: str, name_of: Callable[[str], str] = str) -> Space:
    """
    Args:
        text: one setting a line. A range has two bounds, and perhaps its scale: "dropout = 0..0.5, linear". Choices are
            separated by commas.
        name_of: a setting → what sentences call it; by default its name in the code.

    Raises:
        InputError: there is no line, or the first wrong line with what is allowed.
    """
    space: Space = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        name, dimension = _parse_line(line, name_of)
        if name in space:
            raise InputError(_("{name} is searched twice. Leave out one of its lines.", name=name_of(name)))
        space[name] = dimension
    if not space:
        raise InputError(
            _("There is nothing to search. Give at least one setting, such as learning_rate = 0.001..0.03.")
        )
    return space


def as_text(space: Space) -> str:
    """One setting a line, as `parse` reads it."""
    return "\n".join(f"{name} = {dimension.text}" for name, dimension in space.items())


def suggested(name: str, value: Value) -> str:
    """A range or choices around the value of a setting, to begin with: the part of a line after "="."""
    if _is_choice(name):
        return Choices(_options(name)).text
    assert not isinstance(value, str)
    if isinstance(value, int):
        low, high = max(value // 2, _limit(name, "ge", 0)), min(max(2 * value, value + 1), _limit(name, "le", math.inf))
        return Range(low, high, log=_is_wide(low, high)).text
    greatest = min(_limit(name, "le", math.inf), 0.9 * _limit(name, "lt", math.inf))
    least, most = (value / 4, min(4 * value, greatest)) if value else (0.0, min(0.5, greatest))
    least, most = float(f"{least:.3g}"), float(f"{most:.3g}")
    return Range(least, most, log=_is_wide(least, most)).text


def _limit(name: str, kind: str, otherwise: float) -> Any:
    """A limit of a setting: the greatest or the least value that it allows."""
    metadata = TrainConfig.model_fields[name].metadata
    return next((getattr(each, kind) for each in metadata if getattr(each, kind, None) is not None), otherwise)


def _parse_line(line: str, name_of: Callable[[str], str]) -> tuple[str, Dimension]:
    setting, equals, wanted = (part.strip() for part in line.partition("="))
    if not equals:
        raise InputError(
            _(
                "{line!r} is not complete. Write learning_rate = 0.001..0.03 for a range, or architecture = mlp, lenet "
                "for choices.",
                line=line,
            )
        )  # fmt: skip
    setting = setting.replace("-", "_")
    if setting in NOT_SEARCHED:
        raise InputError(_("{name} cannot be searched. {why}", name=setting, why=_(NOT_SEARCHED[setting])))
    if setting not in searchable():
        raise InputError(
            _("{name} cannot be searched. These settings can: {allowed}.", name=setting, allowed=listed(searchable()))
        )
    if not wanted:
        example = suggested(setting, TrainConfig.model_fields[setting].default)
        raise InputError(
            _("{name} needs a range or some values, such as {example}.", name=name_of(setting), example=example)
        )
    line_of = _Line(setting, name_of)
    if match := _RANGE.fullmatch(wanted):
        return setting, line_of.range(**match.groupdict())
    return setting, line_of.choices(wanted)


@dataclass(frozen=True)
class _Line:
    """What a line says about a setting."""

    setting: str
    name_of: Callable[[str], str]

    def range(self, low: str, high: str, scale: str | None) -> Range:
        name = self.name_of(self.setting)
        if _is_choice(self.setting):
            example = suggested(self.setting, "")
            raise InputError(_("{name} has no range. Name its values, such as {example}.", name=name, example=example))
        bounds = self._value(low), self._value(high)
        assert not isinstance(bounds[0], str)
        assert not isinstance(bounds[1], str)
        if bounds[0] >= bounds[1]:
            raise InputError(
                _("The range of {name} must rise, not go from {low} to {high}.", name=name, low=low, high=high)
            )
        if scale is not None and scale not in SCALES:
            raise InputError(_("A range of {name} is log or linear, not {given!r}.", name=name, given=scale))
        if scale == "log" and bounds[0] <= 0:
            raise InputError(_("A logarithmic range of {name} must begin above 0, not at {low}.", name=name, low=low))
        return Range(*bounds, log=scale == "log" or (scale is None and _is_wide(*bounds)))

    def choices(self, wanted: str) -> Choices:
        values, name = tuple(self._value(each.strip()) for each in wanted.split(",")), self.name_of(self.setting)
        if len(values) < 2:
            raise InputError(
                _("{name} needs at least two values to choose from, not {given!r}.", name=name, given=wanted)
            )
        if len(set(values)) < len(values):
            raise InputError(_("A value of {name} is named twice: {given}.", name=name, given=wanted))
        return Choices(values)

    def _value(self, text: str) -> Any:
        """The value of the setting, checked by the setting's own limits."""
        return getattr(TrainConfig.checked(self.name_of, **{self.setting: text}), self.setting)


def _is_wide(low: float, high: float) -> bool:
    return low > 0 and (high / low >= FACTOR_OF_LOG or math.isclose(high / low, FACTOR_OF_LOG))


def _is_choice(name: str) -> bool:
    return get_origin(TrainConfig.model_fields[name].annotation) is Literal


def _options(name: str) -> tuple[str, ...]:
    return get_args(TrainConfig.model_fields[name].annotation)
