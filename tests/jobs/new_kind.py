"""A kind of job that only the tests know: its settings, its function, its line."""

from typing import Any

from mnist_core.common.errors import InputError
from mnist_core.common.workspace import Workspace
from mnist_core.config.fields import Config
from mnist_core.engine.context import RunContext
from mnist_core.evaluation.reports import Report
from mnist_core.jobs.kinds import JobKind


class CountConfig(Config):
    """How far to count."""

    to: int = 3


def count(context: RunContext[CountConfig]) -> Report:
    """Count, and tell each number."""
    for number in range(1, context.config.to + 1):
        context.tell("counting", epoch=number, epochs=context.config.to)
        context.run.append({"step": number, "counted": number})
    return Report(total_seconds=7.0)


def _check(config: CountConfig, workspace: Workspace) -> None:
    if config.to > 9:
        raise InputError("This machine counts to 9.")


def new_kind(**changes: Any) -> JobKind:
    """The line, with these fields changed."""
    return JobKind(
        "count", "counting", "count-up", CountConfig, Report, "tests.jobs.new_kind:count",
        **{"title": lambda config: f"to {config.to}", "data": lambda _: "numbers", "check": _check, **changes},
    )  # fmt: skip
