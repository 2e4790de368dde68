"""The service's figures for Prometheus."""

from collections.abc import Callable, Sequence

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from mnist_core.service.active import Loaded
from mnist_core.service.observing import Served

MEDIA_TYPE = CONTENT_TYPE_LATEST
SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)
disable_created_metrics()  # type: ignore[no-untyped-call]
SIZES = (1, 2, 4, 8, 16, 32, 64)


class Metrics:
    """Counters of one service. It is an observer: the predictions are counted after their requests."""

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        self._requests = Counter(
            "mnist_studio_requests", "Requests by address and status.", ["path", "status"], registry=registry
        )
        self._seconds = Histogram(
            "mnist_studio_request_seconds", "Time of a request.", ["path"], buckets=SECONDS, registry=registry
        )
        self._predictions = Counter(
            "mnist_studio_predictions", "Predictions.", ["role", "model", "digit", "verdict"], registry=registry
        )
        self._batches = Histogram("mnist_studio_batch_images", "Size of a batch.", buckets=SIZES, registry=registry)
        self._feedback = Counter("mnist_studio_feedback", "Feedback.", ["role", "model", "right"], registry=registry)
        self._model = Gauge("mnist_studio_model", "1 for the active model.", ["model", "name"], registry=registry)
        self._waiting = Gauge("mnist_studio_waiting_images", "Images that wait.", registry=registry)
        self._dropped = Gauge("mnist_studio_dropped_records", "Predictions not observed.", registry=registry)

    def request(self, path: str, status: int, seconds: float) -> None:
        """Count a request that was answered."""
        self._requests.labels(path, status).inc()
        self._seconds.labels(path).observe(seconds)

    def batch(self, size: int) -> None:
        """Count a batch."""
        self._batches.observe(size)

    def __call__(self, served: Sequence[Served]) -> None:
        for each in served:
            found = each.prediction
            self._predictions.labels(each.role, each.model_id, found.digit, found.verdict).inc()

    def feedback(self, role: str, model_id: str, *, right: bool) -> None:
        """Count a correction or a confirmation."""
        self._feedback.labels(role, model_id, str(right).lower()).inc()

    def watch(self, active: Callable[[], Loaded], waiting: Callable[[], int], dropped: Callable[[], int]) -> None:
        """Ask these when somebody reads the figures."""
        self._active = active
        self._waiting.set_function(waiting)
        self._dropped.set_function(dropped)

    def text(self) -> bytes:
        """All figures, in Prometheus' format."""
        model = self._active().model
        self._model.clear()
        self._model.labels(model.id, model.name).set(1)
        return generate_latest(self._registry)
