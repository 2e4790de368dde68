"""What a chart shows, in a sentence: its name for screen readers.

A function that knows more than its figure's axes and traces tells it: `told(figure, text)`.
"""

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from mnist_core.common.language import Text, _, listed, n_, sentences

if TYPE_CHECKING:
    import plotly.graph_objects as go

MOST_TRACES = 8
MOST_BARS = 12


def told(figure: "go.Figure", text: str) -> "go.Figure":
    """The figure, with a text that says what it shows."""
    return figure.update_layout(meta={"text": str(text)})


def text_of(figure: "go.Figure") -> str:
    """What it was told to say, or else its axes and the range of each trace."""
    if isinstance(figure.layout.meta, dict) and "text" in figure.layout.meta:
        return str(figure.layout.meta["text"])
    traces = [each for each in figure.data if each.visible is not False]
    said = [_trace(each, figure) for each in traces[:MOST_TRACES]]
    if (more := len(traces) - MOST_TRACES) > 0:
        said.append(n_("… and {n} more.", "… and {n:,} more.", more))
    return str(sentences([each for each in (_axes(figure), *said) if each])) or str(_("Chart"))


def _axes(figure: "go.Figure") -> Text | None:
    x, y = figure.layout.xaxis.title.text, figure.layout.yaxis.title.text
    if x and y:
        return _("{y} by {x}.", y=y, x=x)
    return _("{text}.", text=x or y) if x or y else None


def _trace(trace: Any, figure: "go.Figure") -> Text | None:
    """Each bar of few; otherwise the first and the last value, the lowest and the highest."""
    kind, percent = trace.type, "%" in (figure.layout.yaxis.tickformat or "")
    values = [float(each) for each in _numbers(trace.y if "y" in trace else None)]
    if kind == "heatmap" or not values:
        return None
    shown = [f"{each:.1%}" if percent else f"{each:.4g}" for each in values]
    if kind == "bar" and len(values) <= MOST_BARS and len(list(trace.x)) == len(values):
        text = listed(f"{x}: {y}" for x, y in zip(trace.x, shown, strict=True))
    elif len(values) == 1:
        text = Text(shown[0])
    else:
        text = _("{first} at first, {last} at last", first=shown[0], last=shown[-1])
        low, high = (shown[values.index(each)] for each in (min(values), max(values)))
        if {low, high} != {shown[0], shown[-1]}:
            text = _("{values}, between {low} and {high}", values=text, low=low, high=high)
    return _("{name}: {values}.", name=trace.name, values=text) if trace.name else _("{text}.", text=text)


def _numbers(values: Iterable[Any] | None) -> Iterable[float]:
    for each in values if values is not None else ():
        try:
            number = float(each)
        except (TypeError, ValueError):
            continue
        if math.isfinite(number):
            yield number
