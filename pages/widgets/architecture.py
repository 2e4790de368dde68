"""The network that the form asks for, as a picture: its layers, their shapes, and what it costs."""

import math
from collections.abc import Iterator, Sequence
from html import escape

import streamlit as st

from mnist_core.common.language import _, n_, sentences
from mnist_core.config.schema import TrainConfig
from mnist_core.evaluation.sketches import KINDS, SIDE, Sketch, Stage, sketches

BASE = 96
"""The y coordinate on which the boxes stand."""
TOP = 16
"""That of the highest box of a thumbnail."""
GAP, LABEL = 14, 46
"""Between two boxes, and the least width of a label."""
INPUT = (SIDE, SIDE, 1)


def architecture(config: TrainConfig) -> None:
    """Show the network of a training."""
    sketch = sketches()[config.architecture]
    outputs = 2 if config.learns_outliers else 1
    st.markdown(f"**{_('Network: {architecture}', architecture=config.architecture)}**")
    st.markdown(picture(sketch, outputs), unsafe_allow_html=True)
    weights = sketch.weights_of(config.ensemble_size, outputs=outputs)
    operations = config.ensemble_size * config.test_time_views * sketch.multiply_adds
    said = [_("{weights:,} weights; {operations:,} multiply-adds per image.", weights=weights, operations=operations)]
    if config.ensemble_size > 1:
        said.append(n_("{n} such network.", "{n} such networks, whose logits are averaged.", config.ensemble_size))
    if sketch.sees < SIDE:
        said.append(
            _("Each position of the last feature map sees {side} × {side} of the 28 × 28 pixels.", side=sketch.sees)
        )
    st.caption(sentences(said))


def picture(sketch: Sketch, outputs: int) -> str:
    """An SVG: the image, then a box for each stage, as high as the map and as deep as it has channels."""
    boxes: list[str] = []
    x = 4.0
    for shape, lines in _columns(sketch, outputs):
        width, drawn = _box(shape)
        column = max(width, LABEL)
        boxes.append(f'<g transform="translate({x + (column - width) / 2:.1f} 0)">{drawn}</g>')
        middle = x + column / 2
        boxes += [
            f'<text x="{middle:.1f}" y="{BASE + 14 + 12 * number}">{escape(line)}</text>'
            for number, line in enumerate(lines)
        ]
        x += column + GAP
    size = f'viewBox="0 0 {x - GAP + 4:.0f} 136"'
    head = f'<svg class="architecture" role="img" aria-label="{escape(_told(sketch))}" {size}>'
    return f"{head}{''.join(boxes)}</svg>"


def thumbnail(sketch: Sketch) -> str:
    """The same boxes, small and without words."""
    boxes: list[str] = []
    x = 4.0
    for shape in (INPUT, *(stage.shape for stage in sketch.stages)):
        width, drawn = _box(shape)
        boxes.append(f'<g transform="translate({x:.1f} 0)">{drawn}</g>')
        x += width + GAP
    head = f'<svg class="architecture" aria-hidden="true" viewBox="0 {TOP} {x - GAP + 4:.0f} {BASE + 2 - TOP}">'
    return f"{head}{''.join(boxes)}</svg>"


def _columns(sketch: Sketch, outputs: int) -> Iterator[tuple[Sequence[int], list[str]]]:
    """Shape → what is written under it."""
    yield INPUT, ["28×28", _("image")]
    for stage in sketch.stages[:-1]:
        yield stage.shape, ["×".join(map(str, stage.shape)), *_kind(stage)]
    last = sketch.stages[-1].shape
    yield last, ["10" if outputs == 1 else "10 + 1", _("logits")]


def _kind(stage: Stage) -> list[str]:
    kernel = f" {stage.kernel}×{stage.kernel}" if stage.kernel else ""
    return [f"{_(KINDS[stage.kind])}{kernel}", *([f"× {stage.layers}"] if stage.layers > 1 else [])]


def _told(sketch: Sketch) -> str:
    """The picture in words."""
    shown = ["28×28", *(f"{'×'.join(map(str, stage.shape))} ({' '.join(_kind(stage))})" for stage in sketch.stages)]
    return " → ".join(shown)


def _box(shape: Sequence[int]) -> tuple[float, str]:
    """Its width, and its drawing: a box of maps, a sheet of places × channels, or a bar of units."""
    if len(shape) == 1:
        height = 16 + 7 * math.log2(shape[0])
        return 9, _front(0, 9, height)
    if len(shape) == 2:
        height, width = 8 + 1.7 * shape[0], 6 + 2 * math.sqrt(shape[1])
        return width, _front(0, width, height)
    side, depth = 8 + 2 * shape[0], 2 * math.sqrt(shape[2]) if shape[2] > 1 else 0.0
    slant = depth / 2
    back = (
        f'<path class="side" d="M0 {BASE - side:.1f} l{depth:.1f} {-slant:.1f} h{side:.1f} v{side:.1f} '
        f'l{-depth:.1f} {slant:.1f} v{-side:.1f} z"/>'
    )
    return side + depth, (back if depth else "") + _front(0, side, side)


def _front(x: float, width: float, height: float) -> str:
    return f'<rect x="{x:.1f}" y="{BASE - height:.1f}" width="{width:.1f}" height="{height:.1f}" rx="1.5"/>'
