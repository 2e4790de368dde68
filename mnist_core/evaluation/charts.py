"""Records → Plotly figures in the current language. Colours that Plotly is not told are the theme's."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas  # noqa: F401  Plotly looks at it if somebody has begun to import it, even if another thread is not done
import plotly.graph_objects as go

from mnist_core.common.language import N_, Text, _, n_
from mnist_core.config import schedules
from mnist_core.config.schema import Schedule
from mnist_core.evaluation.learning_curve import Forecast
from mnist_core.evaluation.metrics import Accuracy, smooth
from mnist_core.evaluation.reports import LearningPoint

ACCENT = "#6c63ff"
RIGHT = "#16a34a"
WRONG = "#dc2626"
MUTED = "#9ca3af"
PALETTE = ("#6c63ff", "#f59e0b", "#10b981", "#ef4444", "#0ea5e9", "#ec4899", "#84cc16", "#a16207", "#64748b", "#c084fc")
MODEBAR = {"orientation": "v", "bgcolor": "rgba(0,0,0,0)", "color": "rgba(128,128,128,0.8)", "activecolor": ACCENT}
"""The vertical tool bar does not cover the legend; its transparent background hides nothing of the curve."""
LEGEND_ABOVE = {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0}

FIGURES = {"error": N_("Error rate"), "accuracy": N_("Accuracy"), "loss": N_("Loss")}
"""What a metrics record tells → its name."""

Record = dict[str, Any]


def _empty() -> go.Figure:
    """No template: Plotly's and Streamlit's own would bring their colours along."""
    return go.Figure(layout={"template": "none", "colorway": PALETTE})


def gradient_norms(records: Sequence[Record]) -> go.Figure:
    """The L2 norm of each layer's gradient by step, on a logarithmic axis."""
    steps = [record for record in records if record.get("gradient_norms")]
    layers = list(steps[-1]["gradient_norms"]) if steps else []
    figure = _empty()
    for layer in layers:
        norms = smooth([record["gradient_norms"].get(layer, 0.0) for record in steps], 0.9)
        figure.add_scatter(x=[record["epoch"] for record in steps], y=norms, name=layer, mode="lines")
    return _by_epoch(figure, _("Gradient norm"), logarithmic=True)


def range_test(records: Sequence[Record], suggested: float) -> go.Figure:
    """The loss by learning rate, on a logarithmic axis, and the suggested rate."""
    rates, losses = [record["learning_rate"] for record in records], [record["loss"] for record in records]
    figure = _empty()
    figure.add_scatter(
        x=rates, y=losses, name=_("Each step"), mode="lines", line={"color": ACCENT, "width": 1}, opacity=0.3
    )
    figure.add_scatter(
        x=rates, y=smooth(losses, 0.9), name=_("Loss"), mode="lines", line={"color": ACCENT, "width": 2.5}
    )
    figure.add_vline(x=suggested, line={"color": RIGHT, "dash": "dash"})
    figure.update_xaxes(type="log", title=_("Learning rate"), exponentformat="power")
    # A loss that has exploded would flatten the rest of the curve.
    figure.update_yaxes(title=_("Loss"), range=[0, 1.2 * losses[0]])
    figure.update_layout(showlegend=False)
    return figure


def recorded_learning_rate(records: Sequence[Record]) -> go.Figure:
    """The learning rate as it was used."""
    steps = [record for record in records if "learning_rate" in record]
    figure = _empty()
    figure.add_scatter(
        x=[record["epoch"] for record in steps], y=[record["learning_rate"] for record in steps],
        name=_("Learning rate"), mode="lines", line={"color": ACCENT},
    )  # fmt: skip
    return _rate_axis(figure)


def schedule_preview(schedule: Schedule, learning_rate: float, epochs: int) -> go.Figure:
    """The learning rate as it will be."""
    progress = np.linspace(0, 1, 101)
    rates = [learning_rate * schedules.factor(schedule, float(each)) for each in progress]
    figure = _empty()
    figure.add_scatter(
        x=progress * epochs, y=rates, mode="lines", line={"color": ACCENT, "width": 2.5}, name=_("Learning rate")
    )
    figure.update_layout(showlegend=False)
    return _rate_axis(figure)


def _rate_axis(figure: go.Figure) -> go.Figure:
    """The axis starts at 0: Plotly would give a constant rate an axis without meaning."""
    highest = max((float(rate) for rate in figure.data[0].y), default=1.0)
    figure = _by_epoch(figure, _("Learning rate"))
    return figure.update_yaxes(range=[0, 1.1 * highest])


def confusion(matrix: npt.NDArray[np.int64]) -> go.Figure:
    """(10, 10) counts. The diagonal has a colour of its own: its large counts would hide the mistakes."""
    digits = [str(digit) for digit in range(10)]
    right = np.eye(10, dtype=bool)
    mistakes = np.where(right, np.nan, matrix)
    sentences = [[_cell(label, digit, int(matrix[label, digit])) for digit in range(10)] for label in range(10)]
    figure = _empty().add_trace(
        go.Heatmap(
            x=digits, y=digits, z=mistakes, text=np.where(right, "", matrix.astype(str)), texttemplate="%{text}",
            showscale=False, xgap=2, ygap=2,
            colorscale=[[0, "rgba(220,38,38,0)"], [1, "rgba(220,38,38,.65)"]], zmin=0,
            zmax=max(1.0, float(np.nanmax(mistakes))),
            customdata=sentences, hovertemplate="%{customdata}<extra></extra>", hoverongaps=False,
        )
    )  # fmt: skip
    diagonal = go.Heatmap(
        x=digits, y=digits, z=np.where(right, 1.0, np.nan), text=np.where(right, matrix.astype(str), ""),
        texttemplate="%{text}", showscale=False, xgap=2, ygap=2,
        colorscale=[[0, "rgba(22,163,74,.35)"], [1, "rgba(22,163,74,.35)"]],
        customdata=sentences, hovertemplate="%{customdata}<extra></extra>", hoverongaps=False,
    )  # fmt: skip
    figure.add_trace(diagonal)
    figure.update_xaxes(title=_("Predicted"), type="category", fixedrange=True, showgrid=False)
    figure.update_yaxes(title=_("Label"), type="category", autorange="reversed", fixedrange=True, showgrid=False)
    return figure


def _cell(label: int, predicted: int, count: int) -> Text:
    """What a cell of the confusion matrix says."""
    return n_(
        "Label {label}, predicted as {predicted}: {n} image",
        "Label {label}, predicted as {predicted}: {n:,} images",
        count, label=label, predicted=predicted,
    )  # fmt: skip


def roc(curves: dict[str, tuple[npt.NDArray[Any], npt.NDArray[Any], float]]) -> go.Figure:
    """Each digit against the rest: false against true positives, with the area under the curve in the name.

    On its logarithmic axis, a rate of 0 lies at the left end, at half of the least other rate.
    """
    figure, rates = _empty(), [float(rate) for false_rate, *_rest in curves.values() for rate in false_rate if rate > 0]
    least = min(rates, default=1.0) / 2
    lowest = 1.0
    for name, (false_rate, true_rate, area) in curves.items():
        lowest = min(lowest, float(true_rate[false_rate <= 0].max(initial=0.0)))
        figure.add_scatter(
            x=np.maximum(false_rate, least), y=true_rate, mode="lines",
            name=_("{digit}: AUC {area:.5f}", digit=name, area=area),
        )  # fmt: skip
    chance = np.geomspace(least, 1, 50)
    figure.add_scatter(x=chance, y=chance, mode="lines", line={"dash": "dot", "color": MUTED}, name=_("Chance"))
    figure.update_xaxes(
        title=_("False-positive rate"), type="log", tickformat=".3~%", dtick=1, range=[float(np.log10(least)), 0]
    )
    margin = (1 - lowest) / 20 + 1e-4
    return figure.update_yaxes(
        title=_("True-positive rate"), tickformat=".2~%", range=[max(0.0, lowest - margin), 1 + margin], automargin=True
    )


def learning_curve(points: Sequence[LearningPoint], expected: Forecast | None, have: int) -> go.Figure:
    """Correct predictions by the number of learned drawings, with 95% intervals, and what more should bring.

    Args:
        have: the number of drawings that the model has learned.
    """
    each = [Accuracy(point.right, point.judged) for point in points]
    shares, (low, high) = [one.share for one in each], zip(*(one.interval for one in each), strict=True)
    figure = _empty()
    figure.add_scatter(
        x=[point.drawings for point in points], y=shares, name=_("Measured"), mode="lines+markers",
        line={"color": ACCENT, "width": 2.5},
        error_y={"array": np.subtract(high, shares), "arrayminus": np.subtract(shares, low), "color": MUTED},
    )  # fmt: skip
    if expected is not None:
        figure.add_scatter(
            x=[points[-1].drawings, have + expected.more], y=[shares[-1], expected.share], name=_("Expected"),
            mode="lines+markers", line={"color": MUTED, "width": 2.5, "dash": "dot"},
        )  # fmt: skip
    figure.update_xaxes(title=_("Drawings that the network has learned"), rangemode="tozero")
    figure.update_yaxes(title=_("Correct predictions"), tickformat=".0%", automargin=True)
    return figure.update_layout(legend=LEGEND_ABOVE)


def inert(name: str) -> str:
    """A user's name inside a chart: Plotly reads some HTML, so its special characters are escaped."""
    return name.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def by_figure(figure: go.Figure, figure_name: str) -> go.Figure:
    """The axes of a curve: the epoch, and "loss" or "accuracy"."""
    _by_epoch(figure, _(FIGURES[figure_name]))
    return figure.update_yaxes(tickformat=".1%") if figure_name == "accuracy" else figure


def _by_epoch(figure: go.Figure, title: str, *, logarithmic: bool = False) -> go.Figure:
    figure.update_xaxes(title=_("Epoch"), rangemode="tozero")
    figure.update_yaxes(title=title, type="log" if logarithmic else "linear", automargin=True)
    return figure.update_layout(legend=LEGEND_ABOVE, hovermode="x unified", modebar=MODEBAR)
