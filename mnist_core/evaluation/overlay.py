"""The curves of several runs over each other: one line a run, or the mean of several seeds with a band."""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from mnist_core.common.language import _, sentences
from mnist_core.evaluation.chart_text import told
from mnist_core.evaluation.charts import FIGURES, PALETTE, Record, by_figure, inert
from mnist_core.evaluation.metrics import smooth

Curves = Sequence[Sequence[Record]]
"""The records of each run of one recipe."""


def overlay(groups: Mapping[str, Curves], figure_name: str, *, smoothing: float = 0.9) -> go.Figure:
    """One figure ("loss" or "accuracy") by epoch: the training thin, the validation thick.

    Of several runs of one recipe: the mean of the validation, and a band of one standard deviation on either side.
    """
    figure = go.Figure(layout={"template": "none"})
    for (name, curves), colour in zip(groups.items(), PALETTE * (1 + len(groups) // len(PALETTE)), strict=False):
        if len(curves) == 1:
            _one(figure, name, curves[0], figure_name, colour, smoothing)
        else:
            _mean(figure, name, curves, figure_name, colour)
    return told(by_figure(figure, figure_name), _text(figure, figure_name))


def _text(figure: go.Figure, figure_name: str) -> str:
    """The last validation of each."""
    said = [_("{figure} on the validation images, after the last epoch.", figure=_(FIGURES[figure_name]))]
    form = "{:.2%}" if figure_name == "accuracy" else "{:.3f}"
    for trace in figure.data:
        if trace.showlegend is not False and len(trace.y):
            said.append(_("{name}: {values}.", name=trace.name, values=form.format(trace.y[-1])))
    return str(sentences(said))


def _one(
    figure: go.Figure, name: str, records: Sequence[Record], figure_name: str, colour: str, smoothing: float
) -> None:
    steps = [record for record in records if figure_name in record]
    epochs = [record for record in records if f"val_{figure_name}" in record]
    figure.add_scatter(
        x=[record["epoch"] for record in steps],
        y=smooth([record[figure_name] for record in steps], smoothing),
        name=inert(name), mode="lines", line={"color": colour, "width": 1}, opacity=0.6, legendgroup=name,
        showlegend=False,
    )  # fmt: skip
    figure.add_scatter(
        x=[record["epoch"] for record in epochs],
        y=[record[f"val_{figure_name}"] for record in epochs],
        name=inert(name), mode="lines+markers", line={"color": colour, "width": 2.5}, legendgroup=name,
    )  # fmt: skip


def _mean(figure: go.Figure, name: str, curves: Curves, figure_name: str, colour: str) -> None:
    by_epoch: dict[float, list[float]] = {}
    for records in curves:
        for record in records:
            if f"val_{figure_name}" in record:
                by_epoch.setdefault(record["epoch"], []).append(record[f"val_{figure_name}"])
    epochs = sorted(by_epoch)
    mean = np.array([np.mean(by_epoch[epoch]) for epoch in epochs])
    spread = np.array([np.std(by_epoch[epoch], ddof=1) if len(by_epoch[epoch]) > 1 else 0.0 for epoch in epochs])
    # A closed outline: of one epoch, too, it has a height, which two lines and a filling between them would not have.
    figure.add_scatter(
        x=[*epochs, *reversed(epochs)], y=[*(mean + spread), *reversed(mean - spread)], fill="toself", mode="lines",
        line={"color": colour, "width": 1}, opacity=0.25, legendgroup=name, showlegend=False, hoverinfo="skip",
    )  # fmt: skip
    figure.add_scatter(
        x=epochs, y=mean, name=inert(name), mode="lines+markers", line={"color": colour, "width": 2.5},
        legendgroup=name, customdata=spread, hovertemplate="%{y} ± %{customdata:.2%}" if figure_name == "accuracy"
        else "%{y:.4f} ± %{customdata:.4f}",
    )  # fmt: skip
