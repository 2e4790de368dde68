"""What a stream's overview says."""

import time
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from mnist_core.common.workspace import Workspace
from mnist_core.monitoring import charts
from mnist_core.monitoring.log import PredictionLog
from mnist_core.monitoring.overview import DAY, Overview, overview
from mnist_core.monitoring.record import rows
from tests.monitoring.seen import seen


@pytest.fixture(params=["Asia/Shanghai", "America/New_York", "Asia/Kolkata"])
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A time zone of the machine."""
    if not hasattr(time, "tzset"):
        pytest.skip("this system has no tzset")
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield request.param
    monkeypatch.undo()
    time.tzset()


def of_times(workspace: Workspace, times: list[datetime]) -> Overview:
    log = PredictionLog(workspace)
    log.add(rows([seen(number, at=at.timestamp()) for number, at in enumerate(times)]))
    return overview(log, log.streams()[0], None)


def test_days_begin_at_local_midnight(workspace: Workspace, zone: str) -> None:
    """Also where the clocks go back, as in New York on 1 November."""
    days = [datetime(2026, 10, 29) + timedelta(days=number) for number in range(6)]
    found = of_times(workspace, [day.replace(hour=hour, minute=30) for day in days for hour in (0, 23)])
    span, starts, counts = found.by_time
    assert span == DAY
    assert [datetime.fromtimestamp(each) for each in starts] == days
    assert counts.sum(axis=1).tolist() == [2] * 6


def test_a_bar_begins_where_its_hour_does(workspace: Workspace, zone: str) -> None:
    """Or, where there are only a few hours, its five minutes."""
    for hours, length in ((2, 300), (48, 3600)):
        times = [datetime(2026, 11, 2, 14, 7) + timedelta(hours=each) for each in range(hours)]
        found = of_times(workspace, times)
        span, starts, _counts = found.by_time
        first = datetime(2026, 11, 2, 14, 5 if hours == 2 else 0)
        assert (span, datetime.fromtimestamp(starts[0])) == (length, first)
        bar = charts.by_time(found).data[3]
        assert (bar.x[0], bar.offset) == (first, 0)
