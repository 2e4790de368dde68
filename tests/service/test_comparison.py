"""A second model beside the active one: as a canary, or in the shadow."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from mnist_core.common.errors import InputError
from mnist_core.common.workspace import Workspace
from mnist_core.data import synthetic
from mnist_core.models.model import Model
from mnist_core.models.registry import SHIPPED, Registry, shipped
from mnist_core.service.active import Loaded
from mnist_core.service.comparison import Comparison, Shadow
from mnist_core.service.observing import Feedback
from mnist_core.service.recent import Remembered
from mnist_core.service.served import Batch
from mnist_core.service.serving import Options, Service
from tests.service.client import STROKES, copy_of_the_shipped, serving
from tests.service.test_observing import served

DRAWING = {"strokes": STROKES}


@pytest.fixture
def other(workspace: Workspace) -> Model:
    return copy_of_the_shipped(Registry(workspace), "other")


def test_a_canary_answers_its_share(workspace: Workspace, other: Model) -> None:
    """Each answer says which model it is from, and feedback counts for that model."""
    with serving(workspace, canary="other", share=0.3) as client:
        answers = [client.post("/v1/predict", DRAWING).json for _ in range(200)]
        ids = {each["model"]: each["id"] for each in answers}
        assert {*ids} == {SHIPPED, other.id}
        client.post("/v1/feedback", {"id": ids[SHIPPED], "digit": 1})
        client.post("/v1/feedback", {"id": ids[other.id], "digit": 7})
        found = {each["role"]: each for each in client.get("/v1/comparison").json["models"]}
        roles = {each["id"]: each["roles"] for each in client.get("/v1/models").json}
    assert roles == {SHIPPED: ["active"], other.id: ["canary"]}
    assert 30 < found["canary"]["predictions"] < 90
    assert found["canary"]["predictions"] + found["active"]["predictions"] == 200
    assert (found["active"]["feedback"], found["active"]["feedback_right"]) == (1, 1)
    assert (found["canary"]["feedback"], found["canary"]["feedback_right"]) == (1, 0)
    assert found["canary"]["verdicts"]["sure"] == found["canary"]["predictions"]


def test_a_shadow_is_compared_silently(workspace: Workspace, other: Model) -> None:
    """It sees each drawing, answers none, and feedback judges it as well."""
    images, _ = synthetic.generate(60, seed=2)
    with serving(workspace, shadow=other.id) as client:
        answers = client.post("/v1/predict", [{"image": each.tolist()} for each in images]).json
        client.post("/v1/feedback", {"id": answers[0]["id"], "digit": answers[0]["digit"]})
        found = client.get("/v1/comparison").json
    assert {each["model"] for each in answers} == {SHIPPED}
    assert found["shadow"] == {"compared": 60, "same_digit": 60, "same_verdict": 60, "differences": []}
    by_role = {each["role"]: each for each in found["models"]}
    assert {role: each["predictions"] for role, each in by_role.items()} == {"active": 60, "shadow": 60}
    assert {each["feedback_right"] for each in by_role.values()} == {1}


def other_predictor(digits: dict[int, int], verdicts: dict[int, str]) -> Shadow:
    """A shadow that gives the images 0, 1, … these digits and verdicts instead of 3 and "sure"."""

    def predict_all(images: Any, strokes: Any) -> list[Any]:
        plain = served().prediction
        return [
            replace(plain, digit=digits.get(n, 3), verdict=cast(Any, verdicts.get(n, "sure")))
            for n in range(len(images))
        ]

    def predict(image: Any) -> Any:
        return predict_all([image], None)[0]

    return Shadow(Loaded(shipped(), cast(Any, SimpleNamespace(predict_all=predict_all, predict=predict))))


def test_differences_are_counted() -> None:
    """Of digits and of verdicts; each difference with its digits, the most frequent first."""
    comparison = Comparison(other_predictor({0: 5, 1: 8, 4: 8}, {0: "not sure", 2: "not a digit"}))
    comparison.on_predictions([served()] * 6)
    assert comparison.values["shadow"] == {
        "compared": 6, "same_digit": 3, "same_verdict": 4, "differences": [[3, 8, 2], [3, 5, 1]],
    }  # fmt: skip
    assert comparison.values["models"][1]["verdicts"]["not a digit"] == 1
    comparison.on_feedback([Feedback("id", Remembered.of(served()), 5, None)])
    assert [each["feedback_right"] for each in comparison.values["models"]] == [0, 1]


def test_values_that_were_published_never_change() -> None:
    """Other threads read them while the observer's thread counts."""
    comparison = Comparison(other_predictor({0: 5}, {}))
    comparison.on_predictions([served()])
    published = comparison.values
    kept = repr(published)
    comparison.on_predictions([served(7)])
    comparison.on_feedback([Feedback("id", Remembered.of(served()), 5, None)])
    assert (repr(published), comparison.values["shadow"]["compared"]) == (kept, 2)


@pytest.mark.parametrize(
    "drawing",
    [{"strokes": [[[60 * k, 4 * n], [60 * k, 4 * n + 4]] for k in range(2) for n in range(13)]},
     {"strokes": [[[40 * n, 0], [40 * n, 50]] for n in range(3)]}, {"image": [[0] * 28] * 28}],
)  # fmt: skip
def test_a_shadow_is_given_the_same(workspace: Workspace, other: Model, drawing: dict[str, Any]) -> None:
    """Many strokes, a few, none, and the digits of a number: the same model has the same verdict."""
    with serving(workspace, shadow=other.id) as client:
        client.post("/v1/predict", drawing)
        client.post("/v1/number", drawing)
        found = client.get("/v1/comparison").json["shadow"]
    assert found["compared"] > 0
    assert found["same_digit"] == found["same_verdict"] == found["compared"]


def test_a_shadow_predicts_in_the_same_batches() -> None:
    """Otherwise it would seem faster: an image alone takes longer than one of many."""
    sizes = []
    shadow = other_predictor({}, {})
    predict_all = shadow._predictor.predict_all

    def counted(images: Any, strokes: Any = None) -> Any:
        sizes.append(len(images))
        return predict_all(images, strokes)

    cast(Any, shadow._predictor).predict_all = counted
    first, second = Batch(3, 0.1), Batch(2, 0.1)
    shadow.predict([served(batch=each) for each in (first, first, second, first, second, None, None)])
    assert sizes == [3, 2, 2]
    assert (shadow.tally.predictions, shadow.tally.inference.count) == (7, 5)


def test_later_feedback_takes_the_place_of_the_first(workspace: Workspace, other: Model) -> None:
    """Clients repeat a request if an answer is lost, and people change their minds."""
    with serving(workspace, shadow=other.id) as client:
        found = client.post("/v1/predict", DRAWING).json
        for digit, right in ((4, 0), (4, 0), (1, 1), (1, 1), (4, 0), (1, 1)):
            client.post("/v1/feedback", {"id": found["id"], "digit": digit})
            models = client.get("/v1/comparison").json["models"]
            assert [(each["feedback"], each["feedback_right"]) for each in models] == [(1, right)] * 2
        figures = client.get("/metrics").body.decode()
    assert [line.rsplit(" ", 1)[1] for line in figures.splitlines() if "feedback_total{" in line] == ["1.0"]


def test_times_of_a_model_and_of_requests_are_apart(workspace: Workspace, other: Model) -> None:
    """A list takes long as a request; the model's time for an image is about the same for both models."""
    with serving(workspace, shadow=other.id) as client:
        client.post("/v1/predict", [DRAWING] * 300)
        active, shadow = client.get("/v1/comparison").json["models"]
        assert (active["mean_request_ms"], shadow["mean_request_ms"]) == (None, None)
        assert active["mean_ms"] > 0 < shadow["mean_ms"]
        client.post("/v1/predict", DRAWING)
        active, shadow = client.get("/v1/comparison").json["models"]
    assert active["mean_request_ms"] > 0
    assert shadow["mean_request_ms"] is None


def test_without_a_second_model_there_is_one_tally(workspace: Workspace) -> None:
    with serving(workspace) as client:
        client.post("/v1/predict", DRAWING)
        (only,) = client.get("/v1/comparison").json["models"]
    assert (only["role"], only["predictions"], only["feedback_interval"]) == ("active", 1, None)


@pytest.mark.parametrize("options", [{"canary": "shipped"}, {"shadow": "MNIST Studio"}])
def test_a_model_is_not_compared_with_itself(workspace: Workspace, options: dict[str, str]) -> None:
    with pytest.raises(InputError, match="MNIST Studio answers already"):
        Service(workspace, Options(**options))  # type: ignore[arg-type]
