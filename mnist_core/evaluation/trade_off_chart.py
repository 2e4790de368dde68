"""The points of a compression → a Plotly figure in the current language."""

from collections.abc import Iterator, Sequence

import plotly.graph_objects as go

from mnist_core.common.language import N_, Text, _
from mnist_core.evaluation.charts import ACCENT, LEGEND_ABOVE, MODEBAR, MUTED, RIGHT
from mnist_core.evaluation.compression import CompressedPoint, Steps
from mnist_core.evaluation.metrics import Accuracy
from mnist_core.evaluation.trade_off import ACCURACIES, SIZES, accuracies, change_text, score, share_of

KINDS = {
    "base": (N_("the model itself"), MUTED),
    "distilled": (N_("distilled"), "#f59e0b"),
    "low_rank": (N_("low rank"), "#0ea5e9"),
    "pruned": (N_("pruned"), RIGHT),
}
"""The last step that changed the weights, or "base" → its name and its colour."""
INT8 = ACCENT
"""The colour of the int8 form of the model itself."""
AXES = {
    "bytes": N_("Size of the file in kB"),
    "zipped": N_("Size in a zip file in kB"),
    "milliseconds": N_("Milliseconds for an image, one core"),
}
UNITS = {"bytes": 1000, "zipped": 1000, "milliseconds": 1}
"""What an axis shows of each of the `SIZES`, and how much of it is 1 there."""


def trade_off(points: Sequence[CompressedPoint], accuracy: str, size: str) -> go.Figure:
    """The accuracy of each point over its size, and a band for the 95% confidence interval of the base.

    Args:
        points: the base and the others.
        accuracy: a code of `ACCURACIES`.
        size: a code of `SIZES`.
    """
    figure = go.Figure(layout={"template": "none"})
    shown = [each for each in points if score(each, accuracy) is not None]
    low, high = _interval(shown[0], accuracy)
    figure.add_hrect(y0=low, y1=high, line_width=0, fillcolor=MUTED, opacity=0.15)
    for line in levels(shown):
        figure.add_scatter(
            x=[_x(each, size) for each in line], y=[_y(each, accuracy) for each in line], mode="lines",
            line={"color": KINDS["pruned"][1], "width": 1.5, "dash": "dot" if line[-1].is_int8 else "solid"},
            hoverinfo="skip", showlegend=False,
        )  # fmt: skip
    groups: dict[tuple[str, bool], list[CompressedPoint]] = {}
    for each in shown:
        groups.setdefault((_kind(each), each.is_int8), []).append(each)
    for (kind, int8), members in groups.items():
        figure.add_scatter(
            x=[_x(each, size) for each in members], y=[_y(each, accuracy) for each in members],
            mode="markers+text", name=_name(kind, int8=int8), marker=_marker(kind, int8=int8),
            text=[_label(each) for each in members], textposition="bottom center" if int8 else "top center",
            customdata=[told(each, points[0]) for each in members], hovertemplate="%{customdata}<extra></extra>",
        )  # fmt: skip
    figure.update_xaxes(title=_(AXES[size]), rangemode="tozero")
    heights = [low, high, *(_y(each, accuracy) for each in shown)]
    margin = (max(heights) - min(heights)) / 10
    figure.update_yaxes(
        title={"text": _("Accuracy"), "standoff": 12}, tickformat=".2%", automargin=True,
        range=[min(heights) - margin, max(heights) + margin],
    )  # fmt: skip
    return figure.update_layout(legend=LEGEND_ABOVE, modebar=MODEBAR, showlegend=True, hovermode="closest")


def levels(points: Sequence[CompressedPoint]) -> Iterator[list[CompressedPoint]]:
    """The points that differ in how much was pruned only, each list from what was not pruned to the sparsest."""
    lines: dict[tuple[Steps, Steps], list[CompressedPoint]] = {}
    for point in points:
        kinds = [step.kind for step in point.steps]
        if "pruned" in kinds:
            at = kinds.index("pruned")
            lines.setdefault((point.steps[:at], point.steps[at + 1 :]), []).append(point)
    for (before, after), line in lines.items():
        start = [each for each in points if each.steps == before + after]
        yield [*start, *sorted(line, key=lambda each: each.nonzero, reverse=True)]


def told(point: CompressedPoint, base: CompressedPoint) -> str:
    """All figures of a point, line by line in Plotly's HTML."""
    kb = {name: getattr(point, name) / 1000 for name in ("bytes", "zipped")}
    lines = [f"<b>{point.text}</b>"]
    lines += [
        _("{what}: {size:,.0f} kB ({share:.0%})", what=_(SIZES[name]), size=size, share=share_of(point, base, name))
        for name, size in kb.items()
    ]
    counts = {"nonzero": point.nonzero, "count": point.parameters}
    lines.append(_("Weights that are not 0 in float32: {nonzero:,} of {count:,}", **counts))
    speed = 1 / share_of(point, base, "milliseconds")
    lines.append(_("Time for an image: {time:.3f} ms ({speed:.1f}× as fast)", time=point.milliseconds, speed=speed))
    for name in accuracies([point]):
        found = score(point, name)
        assert found is not None
        values = {"what": _(ACCURACIES[name]), "share": found.share, "right": found.right, "count": found.count}
        if point.is_base:
            lines.append(_("{what}: {share:.2%}, {right:,} of {count:,}", **values))
        else:
            change = change_text(point, base, name)
            lines.append(_("{what}: {share:.2%}, {right:,} of {count:,} ({change})", **values, change=change))
    if point.refused is not None:
        lines.append(_("Non-digits refused: {share:.1%}", share=point.refused))
    return "<br>".join(lines)


def _interval(base: CompressedPoint, accuracy: str) -> tuple[float, float]:
    found = score(base, accuracy)
    assert found is not None
    return Accuracy(found.right, found.count).interval


def _x(point: CompressedPoint, size: str) -> float:
    return float(getattr(point, size)) / UNITS[size]


def _y(point: CompressedPoint, accuracy: str) -> float:
    found = score(point, accuracy)
    assert found is not None
    return found.share


def _kind(point: CompressedPoint) -> str:
    """A key of `KINDS`."""
    return next((step.kind for step in reversed(point.steps) if step.kind != "int8"), "base")


def _name(kind: str, *, int8: bool) -> Text:
    name = _(KINDS[kind][0])
    if not int8:
        return name
    return _("int8") if kind == "base" else _("{kind}, int8", kind=name)


def _marker(kind: str, *, int8: bool) -> dict[str, object]:
    """int8 is a diamond, the base a star."""
    if kind == "base":
        return (
            {"symbol": "diamond", "size": 11, "color": INT8} if int8 else {"symbol": "star", "size": 15, "color": MUTED}
        )
    return {"symbol": "diamond" if int8 else "circle", "size": 11, "color": KINDS[kind][1]}


def _label(point: CompressedPoint) -> str:
    """What stands beside a point in the chart: how much was pruned, the student, or the rank."""
    step = next((step for step in reversed(point.steps) if step.kind != "int8"), None)
    if step is None:
        return ""
    return step.architecture or f"{step.percent}%"
