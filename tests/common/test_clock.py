"""The time of day."""

import time

import pytest

from mnist_core.common import clock


def test_people_see_the_time_on_their_wall(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is stored is UTC; what is shown is local, to the minute."""
    if not hasattr(time, "tzset"):
        pytest.skip("Windows sets the time zone for the whole machine only")
    with monkeypatch.context() as context:
        context.setenv("TZ", "America/New_York")
        time.tzset()
        assert clock.local("2026-11-26T02:51:07+00:00") == "2026-11-25 21:51"
        assert clock.now().endswith("+00:00")
    time.tzset()
