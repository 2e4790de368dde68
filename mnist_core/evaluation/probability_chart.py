"""The chart on the first page, as plotly.js takes it: made without Plotly, whose import takes as long as the page."""

from collections.abc import Sequence
from typing import Any

ACCENT = "#6c63ff"
MUTED = "#9ca3af"


def probabilities(values: Sequence[float], chosen: int | None) -> dict[str, Any]:
    """The ten probabilities as bars, the chosen digit in colour."""
    bars = {
        "type": "bar",
        "x": [str(digit) for digit in range(10)],
        "y": [float(value) for value in values],
        "marker": {"color": [ACCENT if digit == chosen else MUTED for digit in range(10)]},
        "text": [f"{value:.0%}" if value >= 0.005 else "" for value in values],
        "textposition": "outside",
        "cliponaxis": False,
        "hovertemplate": "%{x}: %{y:.2%}<extra></extra>",
    }
    x = {"type": "category", "fixedrange": True, "showgrid": False}
    y = {"range": [0, 1.1], "tickformat": ".0%", "tickvals": [0, 0.5, 1], "fixedrange": True}
    return {"data": [bars], "layout": {"xaxis": x, "yaxis": y}}
