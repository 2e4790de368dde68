"""A second model beside the active one: as a canary, or in the shadow."""

import pytest

from mnist_core.common.workspace import Workspace
from mnist_core.data import synthetic
from mnist_core.models.model import Model
from mnist_core.models.registry import SHIPPED, Registry
from tests.service.client import STROKES, copy_of_the_shipped, serving

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


def test_without_a_second_model_there_is_one_tally(workspace: Workspace) -> None:
    with serving(workspace) as client:
        client.post("/v1/predict", DRAWING)
        (only,) = client.get("/v1/comparison").json["models"]
    assert (only["role"], only["predictions"], only["feedback_interval"]) == ("active", 1, None)
