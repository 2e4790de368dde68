"""The figures of a stream, and the rules over them."""

from collections.abc import Sequence

import pytest

from mnist_core.common.workspace import Workspace
from mnist_core.monitoring.alerts import RULES, alerts
from mnist_core.monitoring.log import PredictionLog
from mnist_core.monitoring.overview import Overview, overview
from mnist_core.monitoring.record import Seen, rows
from mnist_core.monitoring.traits import WATCHED
from mnist_core.monitoring.wording import SENTENCES, accuracy, time_to_fine_tune
from tests.monitoring.seen import seen


def looked_at(workspace: Workspace, predictions: Sequence[Seen]) -> Overview:
    log = PredictionLog(workspace)
    log.add(rows(predictions))
    return overview(log, log.streams()[0], None)


@pytest.mark.parametrize(
    ("rule", "told", "predictions"),
    [
        ("not_a_digit", "30% of the last 100 drawings do not look like a digit.",
         [seen(n, verdict="not a digit" if n < 30 else "sure") for n in range(100)]),
        ("not_sure", "The network is not sure about 40% of the last 100 drawings.",
         [seen(n, verdict="not sure" if n < 40 else "sure") for n in range(100)]),
        ("latency", "5% of the last 60 predictions took longer than 900 ms.",
         [seen(n, seconds=0.9) for n in range(60)]),
        ("accuracy", "20 of the last 40 labelled drawings were predicted correctly (35% to 65%).",
         [seen(n, label=3 + n % 2) for n in range(40)]),
        ("digits", "90% of the last 200 predictions are 7; before, 10% were.",
         [seen(n, digit=n % 10) for n in range(400)]
         + [seen(n, digit=0 if n % 10 == 0 else 7) for n in range(400, 600)]),
    ],
)  # fmt: skip
def test_each_rule(workspace: Workspace, rule: str, told: str, predictions: list[Seen]) -> None:
    (alert,) = [each for each in alerts(looked_at(workspace, predictions)) if each.code == rule]
    assert alert.text == told
    assert alert.level == RULES[rule].level


def test_usual_predictions_give_no_alert(workspace: Workspace) -> None:
    usual = [seen(n, digit=n % 10, label=n % 10 if n % 3 == 0 else None) for n in range(700)]
    assert alerts(looked_at(workspace, usual)) == []


def test_drift_is_told_with_its_beginning(workspace: Workspace) -> None:
    thin = [seen(n, digit=n % 10) for n in range(1000)]
    wide = [seen(2 * n + 1000, digit=n % 10) for n in range(200)]
    for each in wide:
        each.image[:] = 0
        each.image[5:20, 4:18] = 255
    found = alerts(looked_at(workspace, thin + wide))
    assert "digits are wider than before." in " ".join(each.text for each in found)
    assert found[0].text.startswith("Since 2023-11-1")


def test_each_figure_has_its_sentences() -> None:
    assert set(SENTENCES) == {(name, up) for name in WATCHED for up in (True, False)}


def test_the_figures(workspace: Workspace) -> None:
    found = looked_at(workspace, [seen(n * 1800, digit=n % 2, label=0 if n < 4 else None) for n in range(10)])
    span, starts, counts = found.by_time
    assert span == 3600
    assert counts.sum() == 10
    assert len(starts) == 5 or len(starts) == 6
    assert found.digits[:3] == [5, 5, 0]
    assert found.verdicts["sure"] == 10
    assert found.latency_ms is not None
    assert found.latency_ms[0] == pytest.approx(2)
    assert accuracy(found) == ("Of 4 labelled drawings, 2 were predicted correctly: 50.0% (95% interval 15.0%–85.0%).")
    assert found.values()["labelled_right"] == 2


def test_time_to_fine_tune() -> None:
    assert time_to_fine_tune([0] * 10) == ""
    counts = [1, 2, 0, 0, 1, 0, 0, 14, 3, 2]
    assert time_to_fine_tune(counts) == ("Time to fine-tune: 23 new corrected drawings, 14 of them of the digit 7.")
