"""A model → its HTML file: the parts of this folder, the network, the texts in every language, and a self-test."""

import base64
import hashlib
import html
import json
from functools import reduce
from pathlib import Path
from string import Template
from typing import Any

import numpy as np

import mnist_core
from mnist_core.common import language
from mnist_core.common.errors import InputError
from mnist_core.common.language import N_, Text, _
from mnist_core.data import synthetic
from mnist_core.drawing import segmentation, strokes
from mnist_core.models import predictor, stroke_groups
from mnist_core.models.html.graph import Graph, graph_of
from mnist_core.models.html.weights import Packed, Precision, packed
from mnist_core.models.model import Model
from mnist_core.models.predictor import Predictor

HERE = Path(__file__).parent
SCRIPTS = ("strokes.js", "tensors.js", "layers.js", "operators.js", "network.js", "numbers.js", "field.js", "app.js")
SELF_TEST = 10
"""Images whose predictions the page compares with the model's own."""
TOLERANCE = {"float16": 0.02, "int8": 0.1}
"""How far a probability in the page may be from the model's own."""

TEXTS = {
    "draw": N_("Draw a digit or a number"),
    "hint": N_("Draw on the black field with a finger, a pen or the mouse. Write the digits of a number side by side."),
    "undo": N_("Undo"),
    "clear": N_("Clear"),
    "field": N_("Field to draw a number on"),
    "seen": N_("what the network sees: 28 × 28"),
    "not_sure": N_("The network is not sure."),
    "not_sure_several": N_("The network is not sure of every digit."),
    "not_a_digit": N_("The network does not see a digit here."),
    "not_a_digit_several": N_(
        "Not every part looks like a digit, or two digits are taken for one. Leave more room between them."
    ),
    "most_like": N_("most like {digit}"),
    "bars": N_("Probabilities: {list}"),
    "offline": N_("Made with MNIST Studio. The network runs in this file. It sends nothing and needs no internet."),
    "passed": N_(
        "Self-test passed: {right} of {count} predictions match the original model. The fastest took {milliseconds} ms."
    ),
    "failed": N_(
        "Self-test failed: only {right} of {count} predictions match the original model. Open this file in another "
        "browser."
    ),
    "sources": N_("Sources of the training data"),
}
"""Name in `app.js` → text."""

RULES = {
    "side": strokes.SIDE,
    "box": strokes.BOX,
    "centre": strokes.CENTRE,
    "stroke_width": strokes.STROKE_WIDTH,
    "sure": predictor.SURE,
    "likely_ink": predictor.LIKELY_INK,
    "max_marks": predictor.MAX_MARKS,
    "dark": predictor.DARK,
    "most_strokes": stroke_groups.MOST_STROKES,
    "no_digit_cost": stroke_groups.NO_DIGIT_COST,
    "most_pieces": segmentation.MOST_PIECES,
    "widest_gap": segmentation.WIDEST_GAP,
    "widest": segmentation.WIDEST,
    "tall": segmentation.TALL,
    "speck": segmentation.SPECK,
    "per_digit": segmentation.PER_DIGIT,
    "alone": segmentation.ALONE,
    "overlap": segmentation.OVERLAP,
    "most_overlap": segmentation.MOST_OVERLAP,
    "low": segmentation.LOW,
    "flattest": segmentation.FLATTEST,
    "wide": segmentation.WIDE,
}
"""Name in the scripts → the constant of the module that does the same in Python."""


def page(model: Model, precision: Precision = "float16") -> str:
    """The HTML file of a digit model.

    Raises:
        InputError: the model cannot predict, or its network has an operator that the page lacks.
        UnreadableError: its ONNX file is damaged.
    """
    original = Predictor.of(model)
    tolerance = TOLERANCE["int8" if model.card.is_int8 else precision]
    graph = graph_of(model.onnx)
    weights = packed(graph.weights, precision, graph.channels)
    script = "\n".join((HERE / each).read_text("utf-8") for each in SCRIPTS)
    style = (HERE / "style.css").read_text("utf-8")
    return Template((HERE / "page.html").read_text("utf-8")).substitute(
        title=html.escape(model.name),
        version=mnist_core.__version__,
        style=style,
        style_hash=_hash(style),
        script=script,
        script_hash=_hash(script),
        model=_embedded(_description(model, original, graph, weights, tolerance)),
        weights=base64.b64encode(weights.content).decode(),
    )


def _description(model: Model, original: Predictor, graph: Graph, weights: Packed, tolerance: float) -> dict[str, Any]:
    """What the page's scripts call `MODEL`."""
    images = synthetic.generate(SELF_TEST, seed=0)[0]
    return {
        "name": model.name,
        "measured": {code: language.in_language(_about(model), code) for code in language.LANGUAGES},
        "sources": model.card.sources,
        "digit_threshold": model.card.digit_threshold,
        "rules": RULES,
        "graph": {
            "input": graph.input,
            "outputs": graph.outputs,
            "nodes": graph.nodes,
            "weights": weights.table,
            "opset": graph.opset,
        },
        "self_test": {
            "images": base64.b64encode(np.ascontiguousarray(images).tobytes()).decode(),
            "probabilities": original.probabilities(images).round(5).tolist(),
            "tolerance": tolerance,
        },
        "languages": language.LANGUAGES,
        "texts": {
            code: {name: language.in_language(_(text), code) for name, text in TEXTS.items()}
            for code in language.LANGUAGES
        },
    }


def _about(model: Model) -> Text:
    """How good it is and what it is, in a line, for somebody else than the person whose drawings it has learned.

    The figures of a model in int8 are those of its ONNX file, which also rounds the activations. This file does not.
    """
    card = model.card
    if card.is_int8:
        return card.kind_text
    parts = [card.tested, card.kind_text]
    if (accuracy := card.figures.drawings_after) is not None:
        parts.insert(1, _("{accuracy:.0%} on its owner's drawings", accuracy=accuracy))
    return reduce(lambda first, second: _("{first} · {second}", first=first, second=second), filter(None, parts))


def _embedded(value: Any) -> str:
    """JSON that cannot end the element which it stands in.

    Raises:
        InputError: a number is infinite or undefined, which JSON does not have.
    """
    try:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    except ValueError:
        raise InputError(
            _("A number of this network is infinite or undefined, which an HTML file cannot have.")
        ) from None
    return text.replace("<", "\\u003c")


def _hash(content: str) -> str:
    """How a Content Security Policy names an element with this content."""
    return "sha256-" + base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
