"""The service's figures for Prometheus."""

from collections.abc import Callable, Iterator, Sequence

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
from prometheus_client.metrics_core import CounterMetricFamily
from prometheus_client.registry import Collector

from mnist_core.service.active import Loaded
from mnist_core.service.observing import Feedback, Observer
from mnist_core.service.served import Served

MEDIA_TYPE = CONTENT_TYPE_LATEST
SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)
disable_created_metrics()  # type: ignore[no-untyped-call]
SIZES = (1, 2, 4, 8, 16, 32, 64)


class Metrics(Observer):
    """Counters of one service. Predictions are counted after their requests."""

    name = "metrics"

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
        self._feedback = Counter(
            "mnist_studio_feedback", "Predictions with feedback.", ["role", "model", "right"], registry=registry
        )
        self._model = Gauge("mnist_studio_model", "1 for the active model.", ["model", "name"], registry=registry)
        self._waiting = Gauge("mnist_studio_waiting_images", "Images that wait.", registry=registry)

    def request(self, path: str, status: int, seconds: float) -> None:
        """Count a request that was answered."""
        self._requests.labels(path, status).inc()
        self._seconds.labels(path).observe(seconds)

    def batch(self, size: int) -> None:
        """Count a batch."""
        self._batches.observe(size)

    def on_predictions(self, served: Sequence[Served]) -> None:
        for each in served:
            found = each.prediction
            digit = "" if found.verdict == "nothing drawn" else found.digit
            self._predictions.labels(each.role, each.model_id, digit, found.verdict).inc()

    def on_feedback(self, given: Sequence[Feedback]) -> None:
        """Count the first feedback on each prediction: a counter only grows."""
        for each in given:
            if each.before is None:
                right = str(each.remembered.prediction == each.digit).lower()
                self._feedback.labels(each.remembered.role, each.remembered.model_id, right).inc()

    def watch(
        self, active: Callable[[], Loaded], waiting: Callable[[], int], dropped: Callable[[], dict[str, int]]
    ) -> None:
        """Ask these when somebody reads the figures."""
        self._active = active
        self._waiting.set_function(waiting)
        self._registry.register(_Dropped(dropped))

    def text(self) -> bytes:
        """All figures, in Prometheus' format."""
        model = self._active().model
        self._model.clear()
        self._model.labels(model.id, model.name).set(1)
        return generate_latest(self._registry)


class _Dropped(Collector):
    """What the observers could not take in."""

    def __init__(self, dropped: Callable[[], dict[str, int]]) -> None:
        self._dropped = dropped

    def collect(self) -> Iterator[CounterMetricFamily]:
        found = CounterMetricFamily("mnist_studio_dropped_records", "Records not observed.", labels=["observer"])
        for name, count in self._dropped().items():
            found.add_metric([name], count)
        yield found
