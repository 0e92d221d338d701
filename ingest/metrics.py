"""What the receiver counts and measures, for Prometheus. No label takes a value that a sender chooses."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from ingest.on_disk import OnDisk
from ingest.on_lake import OnLake
from warehouse.settings import WarehouseSettings

OUTCOMES = (
    "stored",
    "bad_signature",
    "bad_auth_header",
    "too_large",
    "encoded",
    "busy",
    "not_stored",
    "wrong_method",
    "wrong_path",
    "bad_request",
    "too_slow",
    "incomplete",
)
COMMIT_SECONDS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1.0, 5.0)
COMMIT_DELIVERIES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 4096)


class Metrics:
    """The receiver's counts and measures, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        deliveries = Counter("ingest_deliveries", "Deliveries by outcome", ["outcome"], registry=self.registry)
        self.outcomes = {outcome: deliveries.labels(outcome) for outcome in OUTCOMES}
        self.commit_seconds = Histogram(
            "ingest_commit_seconds",
            "Time to commit a batch of deliveries, fsync included",
            buckets=COMMIT_SECONDS,
            registry=self.registry,
        )
        self.commit_deliveries = Histogram(
            "ingest_commit_deliveries",
            "Deliveries that shared a commit",
            buckets=COMMIT_DELIVERIES,
            registry=self.registry,
        )
        self.queue_deliveries = Gauge(
            "ingest_queue_deliveries", "Deliveries that wait for their commit", registry=self.registry
        )
        self.set_aside_dropped = self._counter(
            "ingest_set_aside_dropped", "Unverified deliveries dropped because of a bound, or not written"
        )
        self.set_aside_plausible_dropped = self._counter(
            "ingest_set_aside_plausible_dropped", "Those of them whose signature could be one"
        )
        self.inbox_replaced = self._counter(
            "ingest_inbox_replaced", "Times that the inbox was removed or replaced while it was in use, and put back"
        )
        self.loader_restarts = self._counter("loader_restarts", "How often the loader ended and was started again")
        self.background_task_failures = self._counter(
            "background_task_failures", "Failures of work beside the webhook; it is begun again"
        )

    def _counter(self, name: str, documentation: str) -> Counter:
        return Counter(name, documentation, registry=self.registry)

    def watch(self, settings: WarehouseSettings, queue_depth: Callable[[], int]) -> None:
        """Add the figures that are looked up only when Prometheus asks."""
        self.queue_deliveries.set_function(queue_depth)
        self.registry.register(OnDisk(settings))
        if settings.lake:
            self.registry.register(OnLake(settings.lake))
