"""A run's records → its curve: training and validation, with the kept epoch and other runs beside it."""

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Literal

import plotly.graph_objects as go

from mnist_core.common.language import Text, _, listed, n_, sentences
from mnist_core.evaluation.chart_text import told
from mnist_core.evaluation.charts import ACCENT, FIGURES, LEGEND_ABOVE, MODEBAR, PALETTE, RIGHT, Record, inert
from mnist_core.evaluation.epoch_selection import kept
from mnist_core.evaluation.metrics import smooth

Figure = Literal["error", "accuracy", "loss"]
VALIDATION = "#f59e0b"
DECADE = 4.0
"""From this ratio of the greatest value to the least, a logarithmic axis has its ticks at 1, 2 and 5."""
PLAIN: tuple[Figure, ...] = ("accuracy",)
"""Figures that a logarithmic axis would not show better: they approach 1, not 0."""
Shift = Callable[[Sequence[float]], list[float]]
"""Values → where they are drawn."""


@dataclass(frozen=True)
class Curve:
    """One figure of a run. Epochs are fractions between two ends."""

    figure: Figure
    steps: list[float]
    """The epoch of each training point."""
    batches: list[float]
    training: list[float]
    """The same, smoothed."""
    epochs: list[float]
    """The epoch of each validation."""
    validation: list[float]
    drawings: list[float]
    """Of a fine-tuning: on its own drawings."""
    best: int | None
    """The index of the kept epoch, where one is kept."""

    @classmethod
    def of(
        cls, records: Sequence[Record], figure: Figure, *, smoothing: float = 0.9, keeps_epoch: bool = True
    ) -> "Curve":
        """
        Args:
            keeps_epoch: whether one epoch's weights remain.
        """
        source = "accuracy" if figure == "error" else figure
        steps = [each for each in records if source in each]
        epochs = [each for each in records if f"val_{source}" in each]
        of_drawings = [each for each in epochs if f"drawings_{source}" in each]
        batches = _values(steps, source, figure)
        # Runs of version 0.1 have no error in their records: they kept the epoch with the least loss.
        losses, errors = [e["val_loss"] for e in epochs], [e.get("val_loss_error", 0.0) for e in epochs]
        return cls(
            figure=figure,
            steps=[each["epoch"] for each in steps],
            batches=batches,
            training=smooth(batches, smoothing),
            epochs=[each["epoch"] for each in epochs],
            validation=_values(epochs, f"val_{source}", figure),
            drawings=_values(of_drawings, f"drawings_{source}", figure),
            best=kept(losses, errors) if keeps_epoch and epochs else None,
        )

    def shown(self, value: float) -> str:
        """A value, rounded."""
        return f"{value:.3f}" if self.figure == "loss" else f"{value:.2%}"

    @property
    def latest(self) -> dict[str, float]:
        """Name → last value."""
        named = {_("Training"): self.training, _("Validation"): self.validation, _("Drawings"): self.drawings}
        return {str(name): values[-1] for name, values in named.items() if values}

    @property
    def text(self) -> Text:
        """What the curve shows, in words."""
        name = _(FIGURES[self.figure])
        if not self.latest:
            return _("{figure}: no values yet.", figure=name)
        values = listed(f"{name} {self.shown(value)}" for name, value in self.latest.items())
        count = max(1, round(self.steps[-1] if self.steps else self.epochs[-1]))
        said = [n_("{figure} over {n} epoch: {values}.", "{figure} over {n:,} epochs: {values}.", count,
                   figure=name, values=values)]  # fmt: skip
        if self.best is not None:
            epoch, value = round(self.epochs[self.best]), self.shown(self.validation[self.best])
            said.append(_("Best epoch: {epoch} (validation {value}).", epoch=epoch, value=value))
        return sentences(said)

    def told_at(self, step: int) -> str:
        """Training and validation at a training point, in lines."""
        done = bisect_right(self.epochs, self.steps[step])
        lines = [_("Epoch {epoch:.1f}", epoch=self.steps[step])]
        lines.append(_("Training {value}", value=self.shown(self.training[step])))
        if done:
            lines.append(_("Validation {value}", value=self.shown(self.validation[done - 1])))
        if done and len(self.drawings) >= done:
            lines.append(_("Drawings {value}", value=self.shown(self.drawings[done - 1])))
        return "<br>".join(lines)


def _values(records: Sequence[Record], name: str, figure: Figure) -> list[float]:
    return [1 - each[name] if figure == "error" else each[name] for each in records]


def learning_curves(curve: Curve, others: Mapping[str, Curve] | None = None, *, logarithmic: bool = False) -> go.Figure:
    """The curve: each batch, smoothed, validation by epoch. The thinner ones are those of other runs.

    Args:
        others: name → the same figure of another run.
        logarithmic: for errors and losses. A 0 is drawn below the least other value.
    """
    others, logarithmic = others or {}, logarithmic and curve.figure not in PLAIN
    shift: Shift = _AboveZero([curve, *others.values()]) if logarithmic else list
    figure = go.Figure(layout={"template": "none", "colorway": PALETTE})
    for (name, other), colour in zip(others.items(), _colours(len(others)), strict=True):
        _add_other(figure, inert(name), other, colour, shift)
    figure.add_scatter(
        x=curve.steps, y=shift(curve.batches), name=_("Each batch"), mode="lines", hoverinfo="skip", opacity=0.25,
        line={"color": ACCENT, "width": 1}, visible=True if not others else "legendonly",
    )  # fmt: skip
    figure.add_scatter(
        x=curve.steps, y=shift(curve.training), name=_("Training"), mode="lines",
        line={"color": ACCENT, "width": 2.5}, customdata=[curve.told_at(step) for step in range(len(curve.steps))],
        hovertemplate="%{customdata}<extra></extra>",
    )  # fmt: skip
    figure.add_scatter(
        x=curve.epochs, y=shift(curve.validation), name=_("Validation"), mode="lines+markers",
        line={"color": VALIDATION, "width": 2.5}, hoverinfo="skip",
    )  # fmt: skip
    if curve.drawings:
        figure.add_scatter(
            x=curve.epochs, y=shift(curve.drawings), name=_("Drawings"), mode="lines+markers",
            line={"color": RIGHT, "width": 2.5}, hoverinfo="skip",
        )  # fmt: skip
    if curve.best is not None:
        _mark_best(figure, curve, shift(curve.validation)[curve.best])
    _set_axes(figure, curve, logarithmic=logarithmic)
    return told(figure, _text(curve, others))


def _text(curve: Curve, others: Mapping[str, Curve]) -> Text:
    compared = [
        _("Compared with {run}: validation {value}.", run=name, value=other.shown(other.validation[-1]))
        for name, other in others.items()
        if other.validation
    ]
    return sentences([curve.text, *compared])


def _mark_best(figure: go.Figure, curve: Curve, height: float) -> None:
    assert curve.best is not None
    epoch = curve.epochs[curve.best]
    figure.add_scatter(
        x=[epoch], y=[height], name=_("Best epoch"), mode="markers+text", hoverinfo="skip",
        text=[_("epoch {epoch}", epoch=round(epoch))], textposition="top center", cliponaxis=False,
        marker={"symbol": "star", "size": 16, "color": VALIDATION, "line": {"width": 1, "color": "#fff"}},
    )  # fmt: skip


def _add_other(figure: go.Figure, name: str, curve: Curve, colour: str, shift: Shift) -> None:
    """Another run's training, thin, and its validation."""
    line = {"color": colour, "width": 1}
    figure.add_scatter(
        x=curve.steps, y=shift(curve.training), name=name, mode="lines", line=line, opacity=0.6, hoverinfo="skip",
        legendgroup=name, showlegend=False,
    )  # fmt: skip
    figure.add_scatter(
        x=curve.epochs, y=shift(curve.validation), name=name, mode="lines+markers", line=line | {"width": 2},
        legendgroup=name, customdata=[curve.shown(value) for value in curve.validation],
        hovertemplate=name + " %{customdata}<extra></extra>",
    )  # fmt: skip


def _colours(count: int) -> list[str]:
    """Those that the run itself does not have."""
    free = [each for each in PALETTE if each not in (ACCENT, VALIDATION)]
    return (free * (1 + count // len(free)))[:count]


class _AboveZero:
    """A logarithmic axis has no 0, so a 0 is drawn at half of the least other value."""

    def __init__(self, curves: Sequence[Curve]) -> None:
        values = chain.from_iterable((*each.training, *each.validation, *each.drawings) for each in curves)
        self._floor = min((value for value in values if value > 0), default=1e-4) / 2

    def __call__(self, values: Sequence[float]) -> list[float]:
        return [max(value, self._floor) for value in values]


def _set_axes(figure: go.Figure, curve: Curve, *, logarithmic: bool) -> None:
    figure.update_xaxes(title=_("Epoch"), rangemode="tozero")
    kind = "log" if logarithmic else "linear"
    figure.update_yaxes(title=_(FIGURES[curve.figure]), type=kind, automargin=True, exponentformat="none")
    if curve.figure != "loss":
        figure.update_yaxes(tickformat="~%")
    values = [value for trace in figure.data for value in trace.y]
    if logarithmic and values and max(values) > DECADE * min(values):
        figure.update_yaxes(dtick="D2")
    if not values:  # Plotly's own axes of nothing go from -1 to 4
        figure.update_xaxes(range=[0, 1]).update_yaxes(range=[-3, 0] if logarithmic else [0, 1])
    figure.update_layout(legend=LEGEND_ABOVE, hovermode="x", modebar=MODEBAR)
