"""The log: what it stores, how long, and that nobody waits for it."""

import sqlite3
import threading
from dataclasses import replace

import numpy as np
import pytest

from mnist_core.common.workspace import Workspace
from mnist_core.monitoring.log import BASELINE, SPARE, PredictionLog
from mnist_core.monitoring.record import COLUMNS, rows
from mnist_core.monitoring.traits import traits
from mnist_core.monitoring.writer import Writer
from tests.monitoring.seen import seen


def test_what_is_added_is_read_by_stream(workspace: Workspace) -> None:
    log = PredictionLog(workspace)
    log.add(rows([seen(1), seen(2, source="service", digit=7), seen(3, label=5)]))
    service, draw = sorted(log.streams(), key=lambda each: each.source, reverse=True)
    assert (draw.source, draw.count, service.source, service.count) == ("draw", 2, "service", 1)
    found = log.read(draw, 10)
    assert found.label.tolist() == [-1, 5]
    assert found.at.tolist() == [1_700_000_001.0, 1_700_000_003.0]
    assert log.read(service, 10).digit.tolist() == [7]


def test_a_prediction_is_labelled_later(workspace: Workspace) -> None:
    log = PredictionLog(workspace)
    log.add(rows([seen(1)]))
    log.label({"id-1": 4, "id-9": 4})
    assert log.read(log.streams()[0], 10).label.tolist() == [4]
    log.label({"id-1": None})
    assert log.read(log.streams()[0], 10).label.tolist() == [-1]


def test_old_predictions_go_and_the_baseline_stays(workspace: Workspace) -> None:
    log = PredictionLog(workspace, kept=500)
    for start in range(0, BASELINE + 3 * SPARE, 200):
        log.add(rows([seen(start + n) for n in range(200)]))
    stream = log.streams()[0]
    assert BASELINE + 500 <= stream.count <= BASELINE + 500 + SPARE
    found = log.read(stream, 100)
    assert len(found) == BASELINE + 100
    assert found.at[0] == 1_700_000_000.0
    assert found.at[-1] == 1_700_000_000.0 + BASELINE + 3 * SPARE - 1


def test_the_baseline_of_a_stream_that_has_ended_goes(workspace: Workspace) -> None:
    log = PredictionLog(workspace, kept=500)
    log.add(rows([seen(n, model_id="old") for n in range(300)]))
    for start in range(300, BASELINE + 3 * SPARE, 200):
        log.add(rows([seen(start + n) for n in range(200)]))
    assert [each.model_id for each in log.streams()] == ["one"]


def test_no_picture_and_no_empty_drawing_is_stored(workspace: Workspace) -> None:
    PredictionLog(workspace).add(rows([seen(1), seen(2, verdict="nothing drawn")]))
    with sqlite3.connect(workspace.root / "monitor.db") as connection:
        found = connection.execute("SELECT * FROM predictions")
        names = [each[0] for each in found.description]
        stored = found.fetchall()
    connection.close()
    assert names == ["number", *COLUMNS, "baseline"]
    assert len(stored) == 1
    assert not any(isinstance(value, bytes) for value in stored[0])


def test_the_writer_stores_in_order(workspace: Workspace) -> None:
    log = PredictionLog(workspace)
    writer = Writer(log)
    writer.add(seen(1))
    writer.label("id-1", 8)
    writer.flush()
    assert log.read(log.streams()[0], 10).label.tolist() == [8]


def test_the_writer_drops_what_is_too_much(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    log, go = PredictionLog(workspace), threading.Event()
    monkeypatch.setattr(PredictionLog, "add", lambda self, rows: go.wait(20))
    writer = Writer(log, most=3)
    for number in range(50):
        writer.add(seen(number))
    assert writer.dropped >= 40
    go.set()
    writer.flush()


def test_the_log_of_the_draw_page_can_be_turned_off(workspace: Workspace) -> None:
    log = PredictionLog(workspace)
    assert log.logs_drawings
    log.logs_drawings = False
    writer = Writer(PredictionLog(workspace))
    writer.add(seen(1))
    writer.flush()
    assert log.streams() == []


def test_traits() -> None:
    images = np.zeros((3, 28, 28), np.uint8)
    images[0, 4:24, 12:15] = 255  # upright, 3 wide
    for row in range(20):  # leans to the right
        images[1, 4 + row, 20 - row // 2] = 255
    upright, leaning, empty = traits(images)
    assert upright[1] == pytest.approx(2.6, abs=0.1)
    assert upright[2:4].tolist() == [3, 20]
    assert upright[4] == pytest.approx(0, abs=0.1)
    assert upright[5] == pytest.approx(0.5)
    assert 20 < leaning[4] < 32
    assert empty.tolist() == [0] * 6


def test_a_record_keeps_the_order_of_the_columns() -> None:
    (row,) = rows([replace(seen(5), label=2)])
    assert dict(zip(COLUMNS, row, strict=True))["label"] == 2
    assert dict(zip(COLUMNS, row, strict=True))["width"] == 3
