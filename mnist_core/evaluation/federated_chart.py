"""A chart of each client's accuracy: before, alone, federated and pooled."""

from collections.abc import Sequence

import plotly.graph_objects as go

from mnist_core.common.language import _
from mnist_core.evaluation.charts import ACCENT, RIGHT, inert
from mnist_core.evaluation.federated import WAYS, ClientScores, mean

COLOURS = {"before": "#94a3b8", "alone": "#f59e0b", "federated": ACCENT, "pooled": RIGHT}
SYMBOLS = {"before": "circle-open", "alone": "diamond", "federated": "circle", "pooled": "square"}
ROW_PX, MARGINS_PX = 22, 110


def chart(clients: Sequence[ClientScores]) -> go.Figure:
    """A row for each client, the one that had the lowest accuracy before at the top; the dashed lines are means."""
    ordered = sorted(clients, key=lambda each: each.share("before") or 0.0, reverse=True)
    figure = go.Figure()
    for way, name in WAYS.items():
        average = mean(ordered, way)
        if average is None:
            continue
        figure.add_scatter(
            x=[each.share(way) for each in ordered], y=[inert(each.name) for each in ordered], mode="markers",
            name=f"{_(name)} ({average:.1%})",
            marker={"color": COLOURS[way], "symbol": SYMBOLS[way], "size": 10},
        )  # fmt: skip
        figure.add_vline(x=average, line={"color": COLOURS[way], "width": 1, "dash": "dash"})
    figure.update_xaxes(title=_("Accuracy on held-out drawings"), tickformat=".0%")
    figure.update_yaxes(type="category", title=_("Client"))
    figure.update_layout(
        height=height(len(ordered)), margin={"l": 10, "r": 10, "t": 10, "b": 10},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"},
    )  # fmt: skip
    return figure


def height(clients: int) -> int:
    """The pixels that the chart of so many clients needs."""
    return MARGINS_PX + ROW_PX * clients
