"""The service's predictions in the log of the Monitor page."""

import pytest

from mnist_core.common.language import Text
from mnist_core.common.workspace import Workspace
from mnist_core.monitoring.log import PredictionLog
from mnist_core.service.watching import Watch
from tests.service.client import STROKES, serving
from tests.service.test_feedback import DRAWING


def test_predictions_and_feedback_are_logged(workspace: Workspace) -> None:
    with serving(workspace, watch=Watch(workspace, lambda text: None)) as client:
        first = client.post("/v1/predict", DRAWING).json
        client.post("/v1/feedback", {"id": first["id"], "digit": 7})  # mostly before the prediction is in the log
        client.post("/v1/predict", [DRAWING, {"strokes": []} | DRAWING])
    log = PredictionLog(workspace)
    (stream,) = log.streams()
    assert (stream.source, stream.model_id, stream.count) == ("service", first["model"], 3)
    found = log.read(stream, 10)
    assert found.label.tolist() == [7, -1, -1]
    assert (found.seconds > 0).all()


def test_of_very_many_predictions_a_part_is_logged(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mnist_core.service.watching.MOST", 250)
    with serving(workspace, watch=Watch(workspace, lambda text: None)) as client:
        client.post("/v1/predict", [{"strokes": STROKES}] * 900)
    assert 200 <= PredictionLog(workspace).streams()[0].count <= 250


def test_an_alert_is_told_once(workspace: Workspace) -> None:
    told: list[Text] = []
    watch = Watch(workspace, told.append)
    circle = [[[0, 0], [90, 0], [90, 90], [0, 90], [0, 0], [90, 90], [90, 0], [0, 90]]]
    with serving(workspace, watch=watch) as client:
        model = client.post("/v1/predict", [{"strokes": circle}] * 60).json[0]["model"]
    watch.check({model})
    watch.check({model})
    assert [text for text in told if "not look like a digit" in text] == [
        "100% of the last 60 drawings do not look like a digit."
    ]
