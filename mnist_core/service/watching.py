"""The service's predictions in the log of the Monitor page, and its alerts for the terminal."""

import threading
from collections.abc import Callable, Sequence

from mnist_core.common import log
from mnist_core.common.language import Text
from mnist_core.common.workspace import Workspace
from mnist_core.monitoring.alerts import alerts
from mnist_core.monitoring.learned import stored
from mnist_core.monitoring.log import PredictionLog
from mnist_core.monitoring.overview import overview
from mnist_core.monitoring.record import Seen, rows
from mnist_core.service.observing import Feedback, Observer
from mnist_core.service.served import Served

MOST = 1000
"""Predictions logged at a time, which is 4,000 a second. Of more, every second, third … one is logged."""
CHECK_S = 30.0
"""Seconds between a prediction and the look for alerts. The next ones until then share it."""
CHECKED = 1000
"""The latest predictions that it looks at. More work would delay requests, which share the interpreter."""


class Watch(Observer):
    """Logs figures, never a drawing."""

    name = "monitor"

    def __init__(self, workspace: Workspace, tell: Callable[[Text], None]) -> None:
        """
        Args:
            tell: is called with each alert when it begins.
        """
        self._log = PredictionLog(workspace)
        self._tell = tell
        self._told: dict[str, set[str]] = {}
        """A model's id → the alerts that go on."""
        self._unchecked: set[str] = set()
        self._timer: threading.Timer | None = None
        self._lock = threading.Lock()
        self._report = log.Unattended(f"{self.name}'s alerts")

    def on_predictions(self, served: Sequence[Served]) -> None:
        some = served[:: -(-len(served) // MOST)]
        seen = [
            Seen(each.id, "service", each.model_id, each.drawing.image, each.prediction, each.request_s, at=each.at)
            for each in some
        ]
        self._log.add(rows(seen))
        self._check_soon({each.model_id for each in some})

    def on_feedback(self, given: Sequence[Feedback]) -> None:
        self._log.label({each.id: each.digit for each in given})
        self._check_soon({each.remembered.model_id for each in given})

    def _check_soon(self, models: set[str]) -> None:
        """Look for alerts about these models in `CHECK_S`, even if nothing else comes until then."""
        with self._lock:
            self._unchecked |= models
            if self._timer is None:
                self._timer = threading.Timer(CHECK_S, self._check_now)
                self._timer.daemon = True
                self._timer.start()

    def _check_now(self) -> None:
        with self._lock:
            models, self._unchecked, self._timer = self._unchecked, set(), None
        try:
            self.check(models)
        except Exception as error:  # noqa: BLE001 – a boundary, which logs it; the service goes on
            self._report(error)

    def check(self, models: set[str]) -> None:
        """Tell the alerts about these models that have begun since the last look."""
        for stream in self._log.streams():
            if stream.source != "service" or stream.model_id not in models:
                continue
            seen = overview(self._log, stream, stored(self._log, stream.model_id), latest=CHECKED)
            found = {alert.text.source: alert.text for alert in alerts(seen)}
            for source in found.keys() - self._told.get(stream.model_id, set()):
                self._tell(found[source])
            self._told[stream.model_id] = {*found}
