"""The HTML file in a real browser without a network: it does what the app does."""

import gzip
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page

from mnist_core.config.architectures import ARCHITECTURES
from mnist_core.data import synthetic
from mnist_core.data.numbers import put_together
from mnist_core.drawing.strokes import Strokes
from mnist_core.models.html.page import page as html_of
from mnist_core.models.model import Model
from mnist_core.models.number_reader import read_numbers
from mnist_core.models.predictor import Predictor
from mnist_core.models.registry import shipped
from tests.models.html.operators import CASES, computed

AGREEMENT = 0.999
BATCH = 250
TESTED = "#self-test:not(:empty)"

Open = Callable[..., Page]


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> Iterator[Open]:
    """A function that opens a model's file in a window of its own, without a network; no error may be told."""
    contexts, errors = [], []

    def show(model: Model, precision: Any = "float16", **options: Any) -> Page:
        path = tmp_path / "model.html"
        path.write_text(html_of(model, precision), encoding="utf-8")
        context = browser.new_context(offline=True, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: errors.append(message.text))
        page.goto(path.as_uri())
        page.wait_for_selector(TESTED)
        return page

    yield show
    for context in contexts:
        context.close()
    assert not errors


def read_in_browser(page: Page, drawings: Sequence[Strokes]) -> list[list[dict[str, Any]]]:
    """For each drawing its digits, as the page reads them."""
    script = """drawings => drawings.map((strokes) => readNumber(strokes).map(
      ({ strokes, box, image, ...prediction }) => ({ strokes, box, image: Array.from(image), ...prediction })))"""
    batches = [drawings[start : start + BATCH] for start in range(0, len(drawings), BATCH)]
    return [found for batch in batches for found in page.evaluate(script, batch)]


def agreement(page: Page, model: Model, drawings: Sequence[Strokes]) -> float:
    """The share of drawings that page and app read alike: the same strokes, digits and verdicts.

    The images must be the same in all of them, to one grey level.
    """
    alike = 0
    expected = read_numbers(Predictor.of(model), drawings)
    for found, number in zip(read_in_browser(page, drawings), expected, strict=True):
        wanted = [([*each.strokes], each.prediction.digit, each.prediction.verdict) for each in number.digits]
        if [(each["strokes"], each["digit"], each["verdict"]) for each in found] == wanted:
            alike += 1
            for one, each in zip(found, number.digits, strict=True):
                difference = np.array(one["image"], int) - each.image.ravel()
                assert np.abs(difference).max() <= 1
                assert one["box"] == pytest.approx(each.box)
    return alike / len(drawings)


def test_it_reads_like_the_app(opened: Open) -> None:
    """Single digits, numbers with strokes that come late, dots, and scribbles."""
    rng = np.random.default_rng(3)
    digits = [synthetic.write(n % 10, rng) for n in range(20)]
    numbers = [put_together(digits[n : n + 2 + n % 4], rng, delayed=0.3).strokes for n in range(4)]
    odd: list[Strokes] = [[[(3.0, 4.0)]], [[(0.0, 0.0), (0.0, 0.0)], []], [[*map(tuple, rng.uniform(0, 300, (60, 2)))]]]
    digits, numbers = json.loads(json.dumps([digits, numbers]))
    drawings = [*digits, *numbers, *odd]
    for precision, some in (("float16", drawings), ("int8", digits[:10])):
        page = opened(shipped(), precision)
        assert page.inner_text("#self-test").startswith("Self-test passed: 10 of 10")
        assert agreement(page, shipped(), some) == 1


@pytest.mark.slow
def test_it_reads_the_pen_strokes_like_the_app(opened: Open, pen_strokes: Path) -> None:
    """All 7,494 of them."""
    with gzip.open(pen_strokes, "rt", encoding="utf-8") as lines:
        drawings = [json.loads(line)["strokes"] for line in lines]
    assert agreement(opened(shipped()), shipped(), drawings) >= AGREEMENT


def test_a_person_draws_a_number(opened: Open) -> None:
    """With the mouse: the digits in boxes, undone and cleared, in both languages, on a narrow screen as well."""
    page = opened(replace(shipped(), name="Für <Lena>"), locale="zh-CN", viewport={"width": 390, "height": 800})
    assert page.inner_text("h1") == page.title() == "Für <Lena>"
    assert page.inner_text("#clear") == "清空"
    page.click("#language")
    page.reload()
    assert page.inner_text("#clear") == "Clear"
    box = page.locator("#field").bounding_box()
    assert box is not None
    for left in (60, 150):
        page.mouse.move(box["x"] + left, box["y"] + 60)
        page.mouse.down()
        page.mouse.move(box["x"] + left + 2, box["y"] + 200, steps=8)
        page.mouse.up()
    assert page.inner_text("#text") == "11"
    assert page.locator("#digits button").count() == 2
    page.click("#undo")
    assert page.inner_text("#text") == "1"
    assert page.locator("#seen").is_visible()
    page.keyboard.press("Escape")
    assert page.inner_text("#text") == "Draw a digit or a number"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_finger_draws(opened: Open) -> None:
    """On a phone, where it must not scroll the page instead."""
    page = opened(shipped(), viewport={"width": 390, "height": 700}, has_touch=True, is_mobile=True)
    box = page.locator("#field").bounding_box()
    assert box is not None
    session = page.context.new_cdp_session(page)

    def touch(kind: str, *place: float) -> None:
        points = [{"x": place[0], "y": place[1]}] if place else []
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", box["x"] + 150, box["y"] + 40)
    for step in range(1, 12):
        touch("touchMove", box["x"] + 150, box["y"] + 40 + 16 * step)
    touch("touchEnd")
    assert page.inner_text("#text") == "1"
    assert page.evaluate("scrollY") == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_follows_the_theme(opened: Open, scheme: Any) -> None:
    """By what the system prefers."""
    page = opened(shipped(), color_scheme=scheme)
    bright = "rgb(255, 255, 255)"
    assert (page.evaluate("getComputedStyle(document.body).backgroundColor") == bright) == (scheme == "light")


def test_a_file_whose_network_differs_says_so(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    """The self-test would notice a browser that computes something else."""
    monkeypatch.setattr(Predictor, "probabilities", lambda self, images: np.full((len(images), 10), 0.1))
    assert "Self-test failed: only 0 of 10" in opened(shipped()).inner_text("#self-test")


def test_every_operator_computes_what_onnx_runtime_computes(opened: Open) -> None:
    """Each with several attributes and shapes."""
    page = opened(shipped())
    script = """([operator, inputs, attributes]) => {
      const given = inputs.map((each) => each && tensor(each.shape, Float32Array.from(each.values)));
      const found = OPERATORS[operator](given, attributes);
      return (Array.isArray(found) ? found : [found]).map(({ shape, data }) => ({ shape, values: Array.from(data) }));
    }"""
    for case in CASES:
        for found, expected in zip(page.evaluate(script, case.given), computed(case), strict=True):
            assert found["shape"] == [*expected.shape], case
            assert np.allclose(found["values"], expected.ravel(), rtol=1e-5, atol=1e-5), case


@pytest.mark.slow
@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("views", [1, 3])
def test_every_architecture_runs_in_the_page(architecture: str, views: int, opened: Open, tmp_path: Path) -> None:
    """Untrained, with two outputs; for several views as well."""
    from mnist_core.config.schema import TrainConfig
    from mnist_core.engine.export.onnx import export
    from mnist_core.engine.networks.averaging import with_views
    from mnist_core.engine.networks.build import build

    images = synthetic.generate(20, seed=2)[0]
    network = build(TrainConfig.checked(architecture=architecture, outliers=1))
    exported = export(with_views(network, views) if views > 1 else network, tmp_path, images)
    model = replace(shipped(), folder=tmp_path)
    found = opened(model).evaluate("images => images.map((each) => predict(Uint8Array.from(each)).probabilities)",
                                   images.reshape(20, -1).tolist())  # fmt: skip
    expected = np.exp(exported.outputs(images).logits)
    assert np.abs(found - expected / expected.sum(axis=1, keepdims=True)).max() < 0.01
