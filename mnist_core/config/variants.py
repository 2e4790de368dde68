"""Several values of some settings → one config for each combination of them."""

import itertools
import re
from typing import Any

from pydantic import ValidationError

from mnist_core.common.errors import InputError
from mnist_core.common.language import _
from mnist_core.common.names import MAX_NAME
from mnist_core.config.fields import Config
from mnist_core.config.presets import title_of
from mnist_core.config.schema import TrainConfig

MOST = 20
"""Trainings that one click starts."""


def parsed(config: type[Config], name: str, text: str) -> list[Any]:
    """The different values in a text such as "0.002, 0.004", in their order.

    Raises:
        InputError: there is none, or the field does not allow one of them.
    """
    written = [each for each in re.split(r"[,;，；、\s]+", text) if each]
    try:
        values = [getattr(config(**{name: each}), name) for each in written or [text]]
    except ValidationError as error:
        raise InputError(config.problems(error, config.label)[name]) from None
    return list(dict.fromkeys(values))


def combinations(base: TrainConfig, several: dict[str, list[Any]]) -> list[TrainConfig]:
    """The base with each combination of the values; the name of each says which.

    Raises:
        InputError: there are more than `MOST`.
    """
    varied = {name: values for name, values in several.items() if len(values) > 1}
    chosen = [dict(zip(varied, each, strict=True)) for each in itertools.product(*varied.values())]
    if len(chosen) > MOST:
        raise InputError(
            _(
                "These values make {count:,} trainings. At most {most} can be started at once.",
                count=len(chosen),
                most=MOST,
            )
        )
    return [base.model_copy(update={**each, "name": _name(base, each)}) for each in chosen]


def _name(base: TrainConfig, values: dict[str, Any]) -> str:
    """The values come first, since a table may cut the end off. Not translated, for it is stored."""
    if not values:
        return base.name
    said = ", ".join(f"{name} {value:g}" for name, value in values.items())
    return f"{said} ({base.name or title_of(base)})"[:MAX_NAME]
