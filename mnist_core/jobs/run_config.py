"""A run's config.json: the kind of job and its settings."""

from typing import Any, ClassVar

from mnist_core.common.records import Converter, Record, Values
from mnist_core.config import legacy

_KINDS_OF_1 = {"finetune": "fine_tune", "rates": "lr_find"}


def _from_1(values: Values) -> Values:
    """Version 0.1 had other names for two kinds and for some settings."""
    return {
        "kind": _KINDS_OF_1.get(values["kind"], values["kind"]),
        "config": legacy.upgraded(values["config"]),
    }


class RunConfig(Record):
    """The kind of job, and its settings."""

    FORMAT: ClassVar[int] = 2
    CONVERTERS: ClassVar[dict[int, Converter]] = {1: _from_1}

    kind: str
    config: dict[str, Any]
    """The fields of the kind's config class."""
