"""The service's predictions in the log of the Monitor page."""

import queue
import threading
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from mnist_core.common.language import Text
from mnist_core.common.workspace import Workspace
from mnist_core.models.predictor import Verdict
from mnist_core.monitoring import charts
from mnist_core.monitoring.alerts import alerts
from mnist_core.monitoring.log import PredictionLog
from mnist_core.monitoring.overview import overview
from mnist_core.monitoring.record import Row, rows
from mnist_core.service.observing import Feedback, Observers
from mnist_core.service.recent import Remembered
from mnist_core.service.watching import Watch
from tests.monitoring.seen import seen
from tests.service.client import PATIENCE_S, STROKES, serving
from tests.service.test_feedback import DRAWING
from tests.service.test_observing import served


def test_predictions_and_feedback_are_logged(workspace: Workspace) -> None:
    with serving(workspace, watch=Watch(workspace, lambda text: None)) as client:
        first = client.post("/v1/predict", DRAWING).json
        client.post("/v1/feedback", {"id": first["id"], "digit": 7})  # mostly before the prediction is in the log
        client.post("/v1/predict", [DRAWING, {"image": [[0] * 28] * 28}, DRAWING])
    log = PredictionLog(workspace)
    (stream,) = log.streams()
    assert (stream.source, stream.model_id, stream.count) == ("service", first["model"], 3)
    found = log.read(stream, 10)
    assert found.label.tolist() == [7, -1, -1]
    assert (found.seconds[0] > 0, np.isnan(found.seconds[1:]).all()) == (True, True)


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


def test_a_label_that_comes_while_the_log_is_written_is_stored(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    log, begun, go = PredictionLog(workspace), threading.Event(), threading.Event()
    add = PredictionLog.add

    def slowly(self: PredictionLog, rows: Sequence[Row]) -> None:
        begun.set()
        assert go.wait(PATIENCE_S)
        add(self, rows)

    monkeypatch.setattr(PredictionLog, "add", slowly)
    observers = Observers([Watch(workspace, lambda text: None)])
    observers.add(served())
    assert begun.wait(PATIENCE_S)
    later = replace(served(), id="later")
    observers.add(later)
    observers.add(Feedback("later", Remembered.of(later), 7, None))
    go.set()
    assert observers.flush("monitor", PATIENCE_S)
    assert log.read(log.streams()[0], 10).label.tolist() == [-1, 7]


def test_late_feedback_is_looked_at(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Although no prediction comes after it."""
    monkeypatch.setattr("mnist_core.service.watching.CHECK_S", 0.05)
    told: queue.Queue[Text] = queue.Queue()
    watch = Watch(workspace, told.put)
    predictions = [replace(served(), id=f"id-{n}") for n in range(40)]
    watch.on_predictions(predictions)
    wrong = (predictions[0].prediction.digit + 1) % 10
    watch.on_feedback([Feedback(each.id, Remembered.of(each), wrong, None) for each in predictions])
    assert "0 of the last 40 labelled drawings were predicted correctly" in told.get(timeout=PATIENCE_S)


def test_an_alert_that_comes_back_is_told_again(workspace: Workspace) -> None:
    told: list[Text] = []
    watch, log = Watch(workspace, told.append), PredictionLog(workspace)
    verdicts: list[Verdict] = ["not a digit", "sure", "not a digit"]
    for part, verdict in enumerate(verdicts):
        log.add(rows([seen(n, source="service", verdict=verdict) for n in range(300 * part, 300 * part + 300)]))
        watch.check({"one"})
        watch.check({"one"})
    assert len([text for text in told if "not look like a digit" in text]) == 2


def test_a_long_list_is_no_latency_alert(workspace: Workspace) -> None:
    """Its predictions have no request of their own, so it neither causes nor hides an alert."""
    log = PredictionLog(workspace)
    log.add(rows([seen(n, seconds=None if n % 4 else 0.9) for n in range(400)]))
    found = overview(log, log.streams()[0], None)
    assert len(found.seconds) == 100
    assert "latency" in [each.code for each in alerts(found)]
    log.forget("draw")
    log.add(rows([seen(n, seconds=None) for n in range(400)]))
    found = overview(log, log.streams()[0], None)
    assert found.latency_ms is None
    assert "latency" not in [each.code for each in alerts(found)]
    assert charts.latency(found).data
