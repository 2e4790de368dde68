"""The figures of a stream → Plotly figures in the current language."""

from datetime import datetime

import numpy as np
import plotly.graph_objects as go

from mnist_core.common.language import _
from mnist_core.evaluation.charts import ACCENT, LEGEND_ABOVE, MUTED, PALETTE, RIGHT, WRONG
from mnist_core.models.predictor import VERDICTS
from mnist_core.monitoring.overview import DAY, RECENT, Overview

COLOURS = {"sure": RIGHT, "not sure": "#f59e0b", "not a digit": WRONG, "several": MUTED}
"""Verdict → colour."""
BINS = 20
SLOW = 0.99
"""The share of the predictions whose time a chart of it has room for."""


def by_time(seen: Overview) -> go.Figure:
    """How often each digit was predicted in each span: five minutes, an hour or a day."""
    span, starts, counts = seen.by_time
    moments = [datetime.fromtimestamp(start) for start in starts.tolist()]
    figure = _empty()
    for digit in range(10):
        figure.add_bar(
            x=moments, y=counts[:, digit], name=str(digit), width=span * 1000 * 0.9, offset=0,
            marker={"color": PALETTE[digit]},
        )  # fmt: skip
    figure.update_xaxes(tickformat="%Y-%m-%d" if span == DAY else "%H:%M\n%Y-%m-%d")
    figure.update_yaxes(title=_("Predictions"), automargin=True)
    return figure.update_layout(barmode="stack", showlegend=True, legend=LEGEND_ABOVE | {"traceorder": "normal"})


def by_digit(seen: Overview) -> go.Figure:
    """How often each digit was predicted."""
    figure = _empty().add_bar(x=[str(digit) for digit in range(10)], y=seen.digits, marker={"color": list(PALETTE)})
    figure.update_xaxes(title=_("Predicted digit"), type="category")
    return figure.update_yaxes(title=_("Predictions"), automargin=True)


def confidence(seen: Overview) -> go.Figure:
    """How often the predictions had which probability, by verdict."""
    edges = np.linspace(0, 1, BINS + 1)
    figure = _empty()
    for verdict, colour in COLOURS.items():
        chosen = seen.logged.figures["probability"][seen.logged.verdict == verdict]
        if len(chosen):
            counts, _edges = np.histogram(chosen, edges)
            figure.add_bar(
                x=(edges[:-1] + edges[1:]) / 2, y=counts, width=1 / BINS, marker={"color": colour},
                name=_(VERDICTS[verdict]),  # type: ignore[index]
            )  # fmt: skip
    figure.update_xaxes(title=_("Probability of the predicted digit"), tickformat=".0%", range=[0, 1])
    figure.update_yaxes(title=_("Predictions"), automargin=True, type="log", dtick=1, exponentformat="none")
    return figure.update_layout(barmode="stack", showlegend=True, legend=LEGEND_ABOVE)


def latency(seen: Overview) -> go.Figure:
    """How long the predictions took."""
    times = 1000 * seen.seconds
    counts, edges = np.histogram(times, BINS, (0, max(1e-3, float(np.quantile(times, SLOW)) if len(times) else 0)))
    figure = _empty().add_bar(x=(edges[:-1] + edges[1:]) / 2, y=counts, width=np.diff(edges), marker={"color": ACCENT})
    figure.update_xaxes(title=_("Milliseconds"), rangemode="tozero")
    return figure.update_yaxes(title=_("Predictions"), automargin=True)


def distributions(seen: Overview, name: str) -> go.Figure:
    """One figure of the drawings: the shares of its values before, and in the recent ones."""
    values = seen.logged.figures[name]
    before, recent = values[:-RECENT], values[-RECENT:]
    low, high = np.quantile(values, (0.002, 0.998)).tolist()
    edges = np.linspace(low, max(high, low + 1e-6), BINS + 1)
    figure = _empty()
    for part, label, colour in ((before, _("earlier"), MUTED), (recent, _("recent"), ACCENT)):
        counts, _edges = np.histogram(np.clip(part, edges[0], edges[-1]), edges)
        figure.add_scatter(
            x=(edges[:-1] + edges[1:]) / 2, y=counts / max(1, len(part)), name=label, mode="lines", fill="tozeroy",
            line={"color": colour, "width": 2, "shape": "hvh"},
        )  # fmt: skip
    figure.update_yaxes(visible=False, rangemode="tozero").update_xaxes(nticks=5)
    return figure


def _empty() -> go.Figure:
    return go.Figure(layout={"template": "none", "colorway": PALETTE, "showlegend": False, "bargap": 0.05})
