"""What the service answers: the same as the program's own predictor."""

import io
import json
from typing import Any

import numpy as np
import pytest
from PIL import Image

from mnist_core.common.workspace import Workspace
from mnist_core.data import synthetic
from mnist_core.drawing.strokes import rasterize
from mnist_core.models.predictor import Prediction, Predictor
from mnist_core.models.registry import shipped
from mnist_core.service.access import AccessPolicy
from tests.service.client import STROKES, Client, serving


@pytest.fixture(scope="module")
def predictor() -> Predictor:
    return Predictor.of(shipped())


def same(answer: dict[str, Any], expected: Prediction) -> None:
    """All fields agree; a batch of another size may differ in the last digits of a float."""
    assert (answer["digit"], answer["verdict"]) == (expected.digit, expected.verdict)
    np.testing.assert_allclose(answer["probabilities"], expected.probabilities, atol=1e-5)
    np.testing.assert_allclose([answer["probability"], answer["score"]], [expected.probability, expected.score], 1e-4)


def picture(kind: str, image: np.ndarray[Any, Any]) -> bytes:
    """A dark digit on a white page."""
    page = np.full((280, 280), 255, np.uint8)
    page[84:196, 84:196] = 255 - np.kron(image, np.ones((4, 4), np.uint8))
    file = io.BytesIO()
    Image.fromarray(page).save(file, kind)
    return file.getvalue()


def test_strokes_and_images_are_predicted(client: Client, predictor: Predictor) -> None:
    """Each gets the model's name and an id of its own."""
    image = rasterize([[(float(x), float(y)) for x, y in stroke] for stroke in STROKES])
    answers = [client.post("/v1/predict", each) for each in ({"strokes": STROKES}, {"image": image.tolist()})]
    for answer in answers:
        assert answer.status == 200
        assert answer.headers["Content-Type"] == "application/json"
        same(answer.json, predictor.predict(image))
        assert (answer.json["model"], answer.json["model_name"]) == ("shipped", shipped().name)
    assert len({answer.json["id"] for answer in answers}) == 2


@pytest.mark.parametrize("count", [1, 100, 1000])
def test_a_list_is_predicted_in_its_order(client: Client, predictor: Predictor, count: int) -> None:
    images, _ = synthetic.generate(100, seed=3)
    chosen = np.resize(images, (count, 28, 28))
    answers = client.post("/v1/predict", [{"image": each.tolist()} for each in chosen]).json
    expected = predictor.predict_all(images)
    assert len(answers) == len({each["id"] for each in answers}) == count
    for number, answer in enumerate(answers):
        same(answer, expected[number % 100])


def test_an_empty_list_has_no_predictions(client: Client) -> None:
    assert client.post("/v1/predict", []).json == []
    assert client.post("/v1/number", []).json == []


@pytest.mark.parametrize(("kind", "media_type"), [("PNG", "image/png"), ("JPEG", "image/jpeg")])
def test_a_picture_is_predicted(client: Client, kind: str, media_type: str) -> None:
    (image,), (digit,) = synthetic.generate(1, seed=5)
    answer = client.post("/v1/predict", picture(kind, image), {"Content-Type": media_type})
    assert answer.json["digit"] == digit
    number = client.post("/v1/number", picture(kind, image), {"Content-Type": media_type}).json
    assert number["number"] == str(digit)
    left, top, right, bottom = number["digits"][0]["box"]
    assert 84 < left < right < 196
    assert 84 < top < bottom < 196


def test_a_blank_image_has_no_digit(client: Client) -> None:
    """As in `predict --json`."""
    blank = {"image": [[0] * 28] * 28}
    answer = client.post("/v1/predict", blank).json
    assert answer["verdict"] == "nothing drawn"
    assert {answer[name] for name in ("digit", "probability", "probabilities", "score")} == {None}
    number = client.post("/v1/number", blank).json
    assert (number["number"], number["digits"], number["model"]) == ("", [], "shipped")


def test_a_number_is_predicted(client: Client) -> None:
    """From strokes, digit by digit, each with its box and its id; a list gets a list."""
    ones = {"strokes": [[[0, 0], [0, 50]], [[40, 0], [40, 50]]]}
    number, (first, second) = client.post("/v1/number", ones).json, client.post("/v1/number", [ones, ones]).json
    assert (number["number"], number["verdict"]) == ("11", "sure")
    assert [each["box"] for each in number["digits"]] == [[0, 0, 0, 50], [40, 0, 40, 50]]
    assert first["number"] == second["number"] == "11"


def test_the_models_are_told(client: Client) -> None:
    model = client.get("/v1/model").json
    assert (model["id"], model["roles"], model["test_accuracy"]) == (
        "shipped", ["active"], shipped().card.figures.test_accuracy,
    )  # fmt: skip
    assert client.get("/v1/models").json == [model]


def test_the_description_is_complete(client: Client) -> None:
    """Every address has a summary; the bodies have examples, which the service takes."""
    described = client.get("/openapi.json").json
    assert all("summary" in each for path in described["paths"].values() for each in path.values())
    assert {
        "/v1/predict",
        "/v1/number",
        "/v1/feedback",
        "/v1/model",
        "/v1/models",
        "/healthz",
        "/readyz",
        "/metrics",
    } <= {*described["paths"]}
    body = described["paths"]["/v1/predict"]["post"]["requestBody"]["content"]
    assert {*body} == {"application/json", "image/png", "image/jpeg"}
    for example in body["application/json"]["examples"].values():
        assert client.post("/v1/predict", example["value"]).status == 200


def test_the_description_names_every_problem(client: Client, workspace: Workspace) -> None:
    """And says how to send a key, if one is needed."""
    described = client.get("/openapi.json").json
    told = {
        path: {int(status) for operation in each.values() for status in operation["responses"]} - {200}
        for path, each in described["paths"].items()
    }
    asked = {400, 401, 403, 408, 413, 415, 422, 429, 503}
    assert told == {
        "/v1/predict": asked, "/v1/number": asked, "/v1/feedback": {401, 403, 404, 408, 413, 422, 429, 503},
        "/v1/model": {401, 403}, "/v1/models": {401, 403, 503}, "/v1/comparison": {401, 403}, "/metrics": {401, 403},
        "/healthz": {403}, "/readyz": {403, 503},
    }  # fmt: skip
    assert "security" not in described
    key = "correct-horse-battery"
    with serving(workspace, policy=AccessPolicy(keys=frozenset({key}))) as locked:
        described = locked.get("/openapi.json", {"X-API-Key": key}).json
    assert described["security"] == [{"bearer": []}, {"key": []}]
    assert {*described["components"]["securitySchemes"]} == {"bearer", "key"}
    assert described["paths"]["/healthz"]["get"]["security"] == []


def test_the_page_needs_nothing_from_elsewhere(client: Client) -> None:
    """In the language that the browser asks for."""
    page = client.get("/", {"Accept-Language": "fr, zh-CN;q=0.8"})
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert '<html lang="zh-CN">' in page.body.decode()
    english = client.get("/").body.decode()
    assert "Draw a digit." in english
    assert "http://" not in english
    assert "https://" not in english


def test_the_figures_are_for_prometheus(client: Client) -> None:
    """An empty drawing counts for no digit."""
    client.post("/v1/predict", [{"strokes": STROKES}, {"image": [[0] * 28] * 28}])
    figures = client.get("/metrics")
    assert figures.headers["Content-Type"].startswith("text/plain")
    for wanted in (
        'mnist_studio_requests_total{path="/v1/predict",status="200"}',
        'mnist_studio_predictions_total{digit="1",model="shipped",role="active",verdict="sure"}',
        'mnist_studio_model{model="shipped"',
        "mnist_studio_batch_images_count",
        'mnist_studio_predictions_total{digit="",model="shipped",role="active",verdict="nothing drawn"}',
    ):
        assert wanted in figures.body.decode()


def test_a_request_keeps_its_id(client: Client) -> None:
    """Unless it could break a log line; then it gets a new one."""
    assert client.get("/healthz", {"X-Request-ID": "job-7"}).headers["X-Request-ID"] == "job-7"
    assert client.get("/healthz", {"X-Request-ID": 'a" "b'}).headers["X-Request-ID"] not in ('a" "b', "")
    problem = client.get("/nix", {"X-Request-ID": "job-8"})
    assert json.loads(problem.body)["request_id"] == problem.headers["X-Request-ID"] == "job-8"
