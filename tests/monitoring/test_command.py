"""The command `monitor`."""

import json

import pytest

from mnist_core.cli.monitor import monitor
from mnist_core.collection.drawing import Drawing
from mnist_core.collection.drawings import DrawingStore
from mnist_core.common.workspace import Workspace
from mnist_core.data.synthetic import generate
from mnist_core.models.registry import SHIPPED
from mnist_core.monitoring.log import PredictionLog
from mnist_core.monitoring.record import rows
from tests.monitoring.seen import seen


@pytest.fixture(autouse=True)
def few_images(monkeypatch: pytest.MonkeyPatch) -> None:
    """For the reference."""
    monkeypatch.setattr("mnist_core.monitoring.learned.COUNT", 200)


def ask(workspace: Workspace, *, as_json: bool = False, demo: bool = False) -> None:
    monitor(demo=demo, model="", as_json=as_json, workspace=str(workspace.root))


def test_an_empty_log_names_the_demonstration(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    ask(workspace)
    assert "No prediction of MNIST Studio is logged yet." in (told := capsys.readouterr().out)
    assert f"mnist-studio monitor --demo --workspace {workspace.root}" in told


def test_text_and_json_have_the_same_figures(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    predictions = [seen(n, model_id=SHIPPED, source="service", label=3 if n < 30 else 4) for n in range(60)]
    PredictionLog(workspace).add(rows(predictions))
    images = generate(12, seed=1)[0]
    DrawingStore(workspace).add(
        [Drawing(7, bitmap=image, prediction=1, probability=0.6, model_id=SHIPPED) for image in images]
    )
    ask(workspace)
    told = capsys.readouterr().out
    assert "Service · MNIST Studio · 60 predictions" in told
    assert "Of 60 labelled drawings, 30 were predicted correctly: 50.0%" in told
    assert "alert: 30 of the last 60 labelled drawings were predicted correctly (38% to 62%)." in told
    assert "Time to fine-tune: 12 new corrected drawings, 12 of them of the digit 7." in told
    ask(workspace, as_json=True)
    found = json.loads(capsys.readouterr().out)
    (stream,) = found["streams"]
    assert (stream["source"], stream["predictions"], stream["labelled_right"]) == ("service", 60, 30)
    assert [alert["rule"] for alert in stream["alerts"]] == ["accuracy"]
    assert stream["digits"][3] == 60
    assert found["new_corrections"][7] == 12
