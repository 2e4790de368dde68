"""The trials of a search → Optuna's own Plotly figures, in the current language."""

import math
from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from mnist_core.common.language import N_, _
from mnist_core.config.schema import TrainConfig
from mnist_core.config.search import Objective
from mnist_core.config.search_space import Space
from mnist_core.evaluation import studies
from mnist_core.evaluation.charts import ACCENT, LEGEND_ABOVE, MODEBAR, MUTED
from mnist_core.evaluation.search import DIRECTIONS, FIRST, Trial, completed

CHARTS = {
    "history": N_("History"),
    "front": N_("Pareto front"),
    "slices": N_("Slices"),
    "parallel": N_("Parallel coordinates"),
    "importances": N_("Importances"),
}
"""Code → title of a figure."""
FIGURES = {
    "accuracy": N_("Validation accuracy"),
    "loss": N_("Validation loss"),
    "parameters": N_("Parameters"),
    "seconds": N_("Seconds"),
}
"""What is on an axis → its title."""
_AXES: dict[Objective, dict[str, Any]] = {"accuracy": {"tickformat": ".2~%", "minallowed": 0, "maxallowed": 1}}
"""Objective → its axis, if that is not a plain one. Without limits, the axis of a single trial would reach 150%."""
MOST_TICKS = 12
"""On the axis of the trials, whose numbers are whole."""


def available(space: Space, objective: Objective, trials: Sequence[Trial]) -> list[str]:
    """The codes of the figures that can be drawn."""
    count = len(completed(trials))
    enough = {
        "history": count > 0,
        "front": count > 0 and len(DIRECTIONS[objective]) > 1,
        "slices": count > 1,
        "parallel": count > 1 and len(space) > 1,
        "importances": len(space) > 1 and studies.has_importances(objective, trials),
    }
    return [name for name in CHARTS if enough[name]]


def chart(name: str, space: Space, objective: Objective, trials: Sequence[Trial]) -> go.Figure:
    """A figure that `available` names. With two objectives, all except the front show the accuracy.

    Raises:
        InputError: Optuna is not installed.
    """
    studies.check()
    from optuna import visualization

    # Optuna puts the settings' names on the axes.
    space = {TrainConfig.label(setting): dimension for setting, dimension in space.items()}
    trials = [
        trial.model_copy(update={"settings": {TrainConfig.label(key): value for key, value in trial.settings.items()}})
        for trial in completed(trials)
    ]
    study, title = studies.study_of(space, FIRST[objective], trials), _(FIGURES[FIRST[objective]])
    match name:
        case "front":
            both = studies.study_of(space, objective, trials)
            names: list[str] = [_(FIGURES[each]) for each in objective.split("-")]
            return _ours(visualization.plot_pareto_front(both, target_names=names), showlegend=False)
        case "slices":
            slices = _slices(_ours(visualization.plot_slice(study, target_name=title), width=None), trials)
            return slices.update_yaxes(_AXES.get(FIRST[objective]))
        case "parallel":
            figure = _ours(visualization.plot_parallel_coordinate(study, target_name=title))
            return figure.update_annotations(font_color=MUTED)
        case "importances":
            figure = _ours(visualization.plot_param_importances(study, evaluator=studies.evaluator()), showlegend=False)
            figure.update_yaxes(title=None)
            return figure.update_xaxes(title=_("Share of the influence on the objective"))
    history = _history(_ours(visualization.plot_optimization_history(study, target_name=title)), trials)
    return history.update_yaxes(_AXES.get(FIRST[objective]))


def _history(figure: go.Figure, trials: Sequence[Trial]) -> go.Figure:
    """With the numbers of the trials. Optuna counts from 0, and knows the completed ones only."""
    figure.data = figure.data[:2]  # the third one is for constraints, which no search has
    figure.update_traces(x=[trial.number for trial in trials])
    for trace, said in zip(figure.data, (_("each trial"), _("best so far")), strict=True):
        trace.name = said
    return figure.update_xaxes(title=_("Trial"), dtick=math.ceil(max(trial.number for trial in trials) / MOST_TICKS))


def _slices(figure: go.Figure, trials: Sequence[Trial]) -> go.Figure:
    """With the numbers of the trials, and with choices as people write them."""
    for trace in figure.data:
        trace.x = [each.strip("'") if isinstance(each, str) else each for each in trace.x]
        trace.marker.color = [trial.number for trial in trials]
        trace.marker.colorbar.title = _("Trial")
    for axis in figure.select_xaxes():
        if axis.categoryarray:
            axis.categoryarray = [each.strip("'") for each in axis.categoryarray]
    return figure


def _ours(figure: go.Figure, **layout: Any) -> go.Figure:
    """Without Optuna's title and Plotly's own colours, so that it suits a light and a dark page."""
    figure.update_yaxes(automargin=True)
    return figure.update_layout(
        template="none", title=None, colorway=[ACCENT, "#f59e0b"], legend=LEGEND_ABOVE, modebar=MODEBAR,
        plot_bgcolor="rgba(0,0,0,0)", **layout,
    )  # fmt: skip
