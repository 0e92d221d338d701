"""What the receiver counts and measures, for Prometheus. No label takes a value that a sender chooses."""

import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from warehouse.inbox.repair import kept_aside
from warehouse.inbox.sqlite_queue import Inbox
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
        self.set_aside_dropped = Counter(
            "ingest_set_aside_dropped", "Unverified deliveries dropped because of a bound", registry=self.registry
        )
        self.loader_restarts = Counter(
            "loader_restarts", "How often the loader ended and was started again", registry=self.registry
        )
        self.background_task_failures = Counter(
            "background_task_failures", "Failures of work beside the webhook; it is begun again", registry=self.registry
        )

    def watch(self, settings: WarehouseSettings, queue_depth: Callable[[], int]) -> None:
        """Add the figures that are looked up only when Prometheus asks."""
        self.queue_deliveries.set_function(queue_depth)
        self.registry.register(_OnDisk(settings))


class _OnDisk(Collector):
    """Figures of the inbox and the disk, read at the moment of the question."""

    def __init__(self, settings: WarehouseSettings) -> None:
        self._settings = settings

    def collect(self) -> Iterator[GaugeMetricFamily]:
        inbox_path = self._settings.inbox_path
        yield GaugeMetricFamily(
            "ingest_disk_free_bytes", "Free space for DATA_DIR", shutil.disk_usage(self._settings.data_dir).free
        )
        yield GaugeMetricFamily("ingest_inbox_damaged_files", "Damaged inboxes kept aside", len(kept_aside(inbox_path)))
        try:
            with closing(Inbox.open_read_only(inbox_path)) as inbox:
                backlog = inbox.backlog()
                set_aside_count, set_aside_bytes = inbox.set_aside.count_and_bytes()
                load = inbox.last_load()
        except sqlite3.DatabaseError:  # a damaged inbox, which is about to be repaired, has no figures
            return
        age = 0.0 if backlog.oldest_received_at is None else time.time() - backlog.oldest_received_at / 1e6
        yield GaugeMetricFamily(
            "ingest_inbox_backlog_deliveries", "Accepted deliveries that are not loaded yet", backlog.delivery_count
        )
        yield GaugeMetricFamily("ingest_inbox_backlog_age_seconds", "Age of the oldest of them", max(0.0, age))
        yield GaugeMetricFamily("ingest_set_aside_deliveries", "Unverified deliveries set aside", set_aside_count)
        yield GaugeMetricFamily("ingest_set_aside_bytes", "Size of their bodies", set_aside_bytes)
        if load:
            yield GaugeMetricFamily("loader_last_success_timestamp_seconds", "When the last load ended", load.at / 1e6)
            yield GaugeMetricFamily(
                "loader_last_duration_seconds", "How long the last load took", load.duration_seconds
            )
