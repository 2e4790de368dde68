"""monitor: what the network predicts in use."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from mnist_core.cli.shared import JsonOption, ModelOption, WorkspaceOption, command, find_model, output, print_json
from mnist_core.common import cancelling
from mnist_core.common.language import _, listed, n_
from mnist_core.common.workspace import Workspace

if TYPE_CHECKING:
    from mnist_core.models.model import Model
    from mnist_core.monitoring.overview import Overview


def monitor(
    demo: Annotated[
        bool, typer.Option("--demo", help=_("Log a written stream of digits whose style changes, and show it."))
    ] = False,
    model: ModelOption = "",
    as_json: JsonOption = False,
    workspace: WorkspaceOption = "",
) -> None:
    """Show what the model has predicted in use."""
    with cancelling.loading():
        from mnist_core.collection.drawings import DrawingStore
        from mnist_core.models.predictor import Predictor
        from mnist_core.models.registry import Registry
        from mnist_core.monitoring.demonstration import demonstrate
        from mnist_core.monitoring.learned import learned_figures
        from mnist_core.monitoring.log import PredictionLog
        from mnist_core.monitoring.overview import overview

    place = Workspace.open(workspace)
    found = find_model(model, Registry(place))
    log, predictor = PredictionLog(place), Predictor.of(found)
    if demo:
        demonstrate(log, found.id, predictor)
    streams = [each for each in log.streams() if each.model_id == found.id and (each.source == "demo") == demo]
    learned = learned_figures(log, place, found.id, predictor) if streams else None
    seen = [overview(log, each, learned) for each in streams]
    corrections = DrawingStore(place).new_corrections(found.id)
    if as_json:
        print_json({"streams": [_values(each) for each in seen], "new_corrections": corrections})
        return
    if not seen:
        _say(
            _("No prediction of {model} is logged yet. For a demonstration: {command}",
              model=found.name, command=command("monitor --demo", workspace))
        )  # fmt: skip
    for each in seen:
        _show(each, found)
    if advice := _fine_tune(corrections):
        _say(advice)


def _values(seen: "Overview") -> dict[str, Any]:
    from mnist_core.monitoring.alerts import alerts

    return seen.values() | {"alerts": [alert.values() for alert in alerts(seen)]}


def _show(seen: "Overview", model: "Model") -> None:
    from mnist_core.models.predictor import VERDICTS
    from mnist_core.monitoring.alerts import alerts
    from mnist_core.monitoring.wording import SOURCES, accuracy, looked_at

    source = _(SOURCES[seen.stream.source])
    count = n_("{n:,} prediction", "{n:,} predictions", seen.stream.count)
    _say(f"{source} · {model.name} · {count}")
    if part := looked_at(seen):
        _say(part)
    for alert in alerts(seen):
        _say(_("alert: {message}", message=alert.text))
    digits = [f"{digit}: {count:,}" for digit, count in enumerate(seen.digits)]
    _say(_("Digits: {digits}", digits=listed(digits)))
    verdicts = [f"{_(VERDICTS[name])}: {count:,}" for name, count in seen.verdicts.items()]  # type: ignore[index]
    _say(_("Verdicts: {verdicts}", verdicts=listed(verdicts)))
    if seen.latency_ms is not None:
        median, high, highest = seen.latency_ms
        _say(
            _("Latency: median {median:.1f} ms, 95% within {high:.1f} ms, 99% within {highest:.1f} ms.",
              median=median, high=high, highest=highest)
        )  # fmt: skip
    if judged := accuracy(seen):
        _say(judged)


def _fine_tune(corrections: list[int]) -> str:
    from mnist_core.monitoring.wording import time_to_fine_tune

    return time_to_fine_tune(corrections)


def _say(sentence: str) -> None:
    output.print(sentence, soft_wrap=True)
