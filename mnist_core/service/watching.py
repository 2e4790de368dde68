"""The service's predictions in the log of the Monitor page, and its alerts for the terminal."""

import time
from collections.abc import Callable, Sequence

from mnist_core.common.language import Text
from mnist_core.common.workspace import Workspace
from mnist_core.monitoring.alerts import alerts
from mnist_core.monitoring.learned import stored
from mnist_core.monitoring.log import PredictionLog
from mnist_core.monitoring.overview import overview
from mnist_core.monitoring.record import Seen, rows
from mnist_core.service.observing import Served

MOST = 1000
"""Predictions logged at a time, which is 4,000 a second. Of more, every second, third … one is logged."""
CHECK_S = 30.0
"""Seconds between two looks for alerts."""
CHECKED = 1000
"""The latest predictions that it looks at. More work would delay requests, which share the interpreter."""
LABELS_THAT_WAIT = 1000


class Watch:
    """An observer that logs figures, never a drawing."""

    def __init__(self, workspace: Workspace, tell: Callable[[Text], None]) -> None:
        """
        Args:
            tell: is called once with each alert.
        """
        self._log = PredictionLog(workspace)
        self._tell = tell
        self._told: set[tuple[str, str]] = set()
        self._checked = time.monotonic()
        self._labels: dict[str, int] = {}
        """Feedback on predictions that are not in the log yet."""

    def __call__(self, served: Sequence[Served]) -> None:
        some = served[:: -(-len(served) // MOST)]
        seen = [Seen(each.id, "service", each.model_id, each.image, each.prediction, each.seconds, at=each.at)
                for each in some]  # fmt: skip
        self._log.add(rows(seen))
        for prediction_id in [*self._labels]:
            self._log.label(prediction_id, self._labels.pop(prediction_id))
        if time.monotonic() - self._checked >= CHECK_S:
            self.check({each.model_id for each in some})
            self._checked = time.monotonic()

    def feedback(self, prediction_id: str, digit: int) -> None:
        """Log what a client says that a drawing shows."""
        if not self._log.label(prediction_id, digit) and len(self._labels) < LABELS_THAT_WAIT:
            self._labels[prediction_id] = digit

    def check(self, models: set[str]) -> None:
        """Tell the alerts about these models that have not been told."""
        for stream in self._log.streams():
            if stream.source != "service" or stream.model_id not in models:
                continue
            for alert in alerts(overview(self._log, stream, stored(self._log, stream.model_id), latest=CHECKED)):
                key = (stream.model_id, alert.text.source)
                if key not in self._told:
                    self._told.add(key)
                    self._tell(alert.text)
