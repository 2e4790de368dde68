"""The written stream whose style changes: no alarm before, an alarm within 200 drawings."""

import numpy as np
import pytest

from mnist_core.common.workspace import Workspace
from mnist_core.models.predictor import Predictor
from mnist_core.models.registry import shipped
from mnist_core.monitoring.demonstration import demonstrate
from mnist_core.monitoring.learned import learned_figures
from mnist_core.monitoring.log import PredictionLog
from mnist_core.monitoring.overview import Overview, overview


def demonstrated(workspace: Workspace, *, before: int, after: int) -> Overview:
    log, predictor = PredictionLog(workspace), Predictor.of(shipped())
    demonstrate(log, shipped().id, predictor, before=before, after=after)
    return overview(log, log.streams()[0], None)


def test_a_short_one(workspace: Workspace) -> None:
    found = demonstrated(workspace, before=500, after=100)
    first = found.ongoing[0]
    assert 500 < first.alarm <= 600
    assert abs(first.since - 500) < 40
    assert {("thickness", False), ("slant", True)} <= {(each.figure, each.up) for each in found.ongoing}


@pytest.mark.slow
def test_no_false_alarm_in_10_000_drawings_and_a_true_one_within_200(workspace: Workspace) -> None:
    found = demonstrated(workspace, before=10_000, after=200)
    assert 10_000 < min(each.alarm for each in found.changes) <= 10_200


def test_the_reference_is_stored(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mnist_core.monitoring.learned.COUNT", 400)
    log, predictor = PredictionLog(workspace), Predictor.of(shipped())
    first = learned_figures(log, workspace, "one", predictor)
    monkeypatch.setattr(Predictor, "predict_all", None)
    assert learned_figures(log, workspace, "one", predictor) == first
    tenths = first.deciles["thickness"][3]
    assert tenths is not None
    assert (np.diff(tenths) >= 0).all()
