"""The HTML file, as far as it can be judged without a browser."""

import base64
import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import onnx
import pytest
from onnx import helper

from mnist_core.common.errors import InputError
from mnist_core.common.language import LANGUAGES
from mnist_core.models.card import Compression
from mnist_core.models.html import graph, page
from mnist_core.models.html.page import HERE
from mnist_core.models.model import Model
from mnist_core.models.registry import shipped
from tests.evaluation.points import BASE, POINTS

LIMIT = 1_500_000
LSTM = ("x", "weights", "recurrent", "bias", "", "state", "cell")
"""The inputs of an LSTM that the page has."""


def element(text: str, name: str) -> str:
    """The content of the element of this id, or of the only element of this kind."""
    (found,) = re.findall(rf'<(?:{name}|script type="[a-z/]+" id="{name}")>(.*?)</', text, re.DOTALL)
    return str(found)


def described(text: str) -> dict[str, object]:
    """What the page says about its model."""
    found: dict[str, object] = json.loads(element(text, "model"))
    return found


@pytest.mark.parametrize("precision", ["float16", "int8"])
def test_the_file_is_small_and_whole(precision: page.Precision) -> None:
    """It refers to nothing else, and its policy allows its own script and nothing else."""
    text = page.page(shipped(), precision)
    assert len(text.encode()) < LIMIT
    assert not re.search(r'(src|href)="(?!data:)', text)
    policy = re.search(r'content="(default-src[^"]+)"', text)
    assert policy is not None
    assert policy[1].startswith("default-src 'none';")
    for kind in ("script", "style"):
        own = base64.b64encode(hashlib.sha256(element(text, kind).encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{own}'" in policy[1]


def test_it_says_what_it_is_in_every_language() -> None:
    """The model's name, its accuracy, and all texts."""
    found = described(page.page(shipped()))
    assert found["name"] == shipped().name
    measured, texts = found["measured"], found["texts"]
    assert isinstance(measured, dict)
    assert isinstance(texts, dict)
    assert all("99." in measured[code] for code in LANGUAGES)
    assert set(texts) == set(LANGUAGES)
    used = set(re.findall(r'say\("(\w+)"', (HERE / "app.js").read_text("utf-8")))
    assert used <= set(texts["en"])
    assert texts["en"]["clear"] != texts["zh_CN"]["clear"]


def test_a_tuned_model_says_what_it_does_for_its_owner() -> None:
    """To somebody else, "your drawings" would be others."""
    figures = shipped().card.figures.model_copy(update={"drawings_after": 0.97})
    card = shipped().card.model_copy(update={"kind": "fine-tuned", "figures": figures})
    measured = described(page.page(replace(shipped(), card=card)))["measured"]
    assert isinstance(measured, dict)
    assert measured["en"] == "99.61% on MNIST · 97% on its owner's drawings · fine-tuned"
    assert "97%" in measured["zh_CN"]


def test_a_model_in_int8_has_no_figures_of_another_file() -> None:
    """Its figures are those of the ONNX file, which rounds more than the page does."""
    card = shipped().card.model_copy(
        update={"kind": "compressed", "compression": Compression(point=POINTS[1], base=BASE)}
    )
    measured = described(page.page(replace(shipped(), card=card)))["measured"]
    assert isinstance(measured, dict)
    assert measured["en"] == "compressed"


def test_a_name_cannot_end_its_element() -> None:
    """Names are what people type."""
    bad = "</script><script>alert(1)</script>&"
    text = page.page(replace(shipped(), name=bad))
    assert bad not in text
    assert described(text)["name"] == bad


def _with(tmp_path: Path, operator: str, **attributes: float) -> Model:
    """The shipped model with one more operator before its output."""
    model = onnx.load(shipped().onnx)
    last = model.graph.node[-1]
    last.output[0], given = "before", last.output[0]
    model.graph.node.append(helper.make_node(operator, ["before"], [given], **attributes))
    onnx.save(model, tmp_path / "model.onnx")
    return replace(shipped(), folder=tmp_path)


def test_a_network_with_another_operator_is_refused(tmp_path: Path) -> None:
    """With its name and another way."""
    with pytest.raises(InputError, match=r"uses the operator Sin,.*as \.onnx"):
        page.page(_with(tmp_path, "Sin"))


def test_an_attribute_that_changes_an_operator_is_refused() -> None:
    """Such as an LSTM that reads backwards."""
    graph.check("LSTM", "", {"direction": "forward", "hidden_size": 3}, LSTM)
    with pytest.raises(InputError, match=r'LSTM \(direction = "reverse"\)'):
        graph.check("LSTM", "", {"direction": "reverse", "hidden_size": 3}, LSTM)


@pytest.mark.parametrize("inputs", [(*LSTM[:4], "lengths"), (*LSTM, "peepholes")])
def test_an_input_that_changes_an_operator_is_refused(inputs: Sequence[str]) -> None:
    with pytest.raises(InputError, match="uses the operator LSTM"):
        graph.check("LSTM", "", {"hidden_size": 3}, inputs)


@pytest.mark.parametrize("number", [float("inf"), float("nan")])
def test_a_number_that_json_does_not_have_is_refused(tmp_path: Path, number: float) -> None:
    """Such as an attribute of the network."""
    with pytest.raises(InputError, match="infinite or undefined"):
        page.page(_with(tmp_path, "LeakyRelu", alpha=number))


def test_the_scripts_have_every_operator_of_the_table() -> None:
    """And no other."""
    text = (HERE / "operators.js").read_text("utf-8").split("const OPERATORS = {")[1]
    assert re.findall(r"^  (\w+):", text, re.MULTILINE) == sorted(graph.OPERATORS)
