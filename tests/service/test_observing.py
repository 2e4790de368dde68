"""What watches the service delays nobody, and each observer is on its own."""

import sqlite3
import threading
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from mnist_core.collection.drawing import Drawing
from mnist_core.collection.review_queue import ReviewQueue
from mnist_core.common import log
from mnist_core.common.workspace import Workspace
from mnist_core.models.predictor import Prediction
from mnist_core.service.limits import Limits
from mnist_core.service.observing import Feedback, Observer, Observers
from mnist_core.service.recent import Remembered
from mnist_core.service.served import Batch, Served
from mnist_core.service.watching import Watch
from tests.service.client import PATIENCE_S, STROKES, Client, serving, wait_until
from tests.service.test_problems import is_problem

DRAWING = {"strokes": STROKES}


def served(digit: int = 3, **changes: Any) -> Served:
    drawing = Drawing(None, bitmap=np.full((28, 28), 9, np.uint8))
    likely = tuple(0.91 if each == digit else 0.01 for each in range(10))
    prediction = Prediction("sure", digit, 0.91, likely, 5.0)
    known = {"request_s": 0.002, "batch": Batch(1, 0.001)}
    return Served("id", "active", "m", "Model", drawing, None, prediction, **(known | changes))


class Waits(Observer):
    """Never has time."""

    name = "waits"

    def __init__(self) -> None:
        self.go = threading.Event()

    def on_predictions(self, served: Sequence[Served]) -> None:
        self.go.wait(PATIENCE_S)


class Fails(Observer):
    """Never works."""

    name = "fails"

    def on_predictions(self, served: Sequence[Served]) -> None:
        raise ZeroDivisionError


class Lists(Observer):
    """Keeps what it is told."""

    name = "lists"

    def __init__(self) -> None:
        self.told: list[str] = []

    def on_predictions(self, served: Sequence[Served]) -> None:
        self.told += ["prediction" for _ in served]

    def on_feedback(self, given: Sequence[Feedback]) -> None:
        self.told += ["feedback" for _ in given]


def test_an_observer_neither_delays_nor_spoils_another(workspace: Workspace) -> None:
    waits, lists = Waits(), Lists()
    observers = Observers([waits, Fails(), lists])
    observers.add(served())
    observers.add(Feedback("id", Remembered.of(served()), 3, None))
    assert observers.flush("lists", PATIENCE_S)
    assert observers.flush("fails", PATIENCE_S)
    assert lists.told == ["prediction", "feedback"]
    assert not observers.flush("waits", 0.0)
    assert observers.dropped == {"waits": 0, "fails": 2, "lists": 0}
    waits.go.set()


def locked(workspace: Workspace, name: str) -> sqlite3.Connection:
    connection = sqlite3.connect(workspace.root / name, isolation_level=None)
    connection.execute("BEGIN EXCLUSIVE")
    return connection


def damaged(workspace: Workspace, name: str) -> None:
    (workspace.root / name).write_bytes(b"no database" * 100)


@pytest.mark.parametrize("harm", [locked, damaged])
def test_the_log_of_predictions_delays_nobody(workspace: Workspace, harm: Callable[[Workspace, str], Any]) -> None:
    """Neither a request nor the end waits for a lock, which lasts longer than the client's patience."""
    held = harm(workspace, "monitor.db")
    with serving(workspace, watch=Watch(workspace, lambda text: None)) as client:
        for _ in range(2):
            found = client.post("/v1/predict", DRAWING).json
            assert client.post("/v1/feedback", {"id": found["id"], "digit": 7}).json["waits"]
            assert b'mnist_studio_feedback_total{model="shipped"' in client.get("/metrics").body
            assert client.get("/v1/comparison").json["models"][0]["feedback"]
        if harm is damaged:
            lost = b'mnist_studio_dropped_records_total{observer="monitor"} 4.0'
            wait_until(lambda: lost in client.get("/metrics").body)
    assert ReviewQueue(workspace).count() == 1
    logged = (workspace.root / log.NAME).read_text(encoding="utf-8")
    assert logged.count("ERROR monitor: ") == 1
    if held is not None:
        held.close()


def test_a_locked_workspace_delays_feedback_only(workspace: Workspace) -> None:
    """It gets an answer in time; predictions go on, and so does the end."""
    with serving(workspace, keep_inputs=True, limits=Limits(answer_s=2.0)) as client:
        found = client.post("/v1/predict", DRAWING).json
        held = locked(workspace, "studio.db")
        waiting = Client(client.port)
        answers: list[Any] = []
        asked = {"id": found["id"], "digit": 7}
        asking = threading.Thread(target=lambda: answers.append(waiting.post("/v1/feedback", asked)))
        asking.start()
        assert client.post("/v1/predict", DRAWING).json["digit"] == 1
        assert client.post("/v1/number", {"image": (255 * np.eye(28, dtype=int)).tolist()}).status == 200
        assert client.get("/metrics").status == 200
        asking.join()
        assert "no answer within 2 seconds" in is_problem(answers[0], 503)
        waiting.close()
    held.close()
