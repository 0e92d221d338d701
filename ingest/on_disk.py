"""Figures of the inbox and the disk, for Prometheus, read at the moment of its question.

A figure that can't be read is NaN: it neither vanishes nor lies.
"""

import math
import shutil
import sqlite3
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from importlib.metadata import version

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from warehouse.inbox.file import log_bytes
from warehouse.inbox.notes import USUAL_OUTCOMES, Outcome
from warehouse.inbox.repair import kept_aside
from warehouse.inbox.sqlite_queue import Inbox
from warehouse.schema_version import SCHEMA_VERSION
from warehouse.settings import WarehouseSettings

GAUGES = {
    "ingest_disk_free_bytes": "Free space for DATA_DIR",
    "ingest_inbox_readable": "1 when the inbox can be read, else 0; its other figures are then NaN",
    "ingest_inbox_damaged_files": "Damaged inboxes kept aside",
    "ingest_inbox_wal_bytes": "Size of the inbox's write-ahead log",
    "ingest_inbox_backlog_deliveries": "Accepted deliveries that are not loaded yet",
    "ingest_inbox_backlog_age_seconds": "Age of the oldest of them",
    "ingest_set_aside_deliveries": "Unverified deliveries set aside",
    "ingest_set_aside_bytes": "Size of their bodies",
    "loader_last_success_timestamp_seconds": "When the last load ended; 0 before the first one",
    "loader_last_duration_seconds": "How long the last load took",
    "backup_last_success_timestamp_seconds": "When the last backup succeeded; 0 before the first one",
}


class OnDisk(Collector):
    """The figures of one data directory."""

    def __init__(self, settings: WarehouseSettings) -> None:
        self._settings = settings
        self._counts = _Counts()

    def collect(self) -> Iterator[Metric]:
        """All gauges, in order, and the counts that the loader keeps in the inbox."""
        info = GaugeMetricFamily("engagement_warehouse_info", "What runs", labels=["version", "schema"])
        info.add_metric([version("engagement-warehouse"), str(SCHEMA_VERSION)], 1)
        yield info
        figures = dict.fromkeys(GAUGES, math.nan) | {"ingest_inbox_readable": 0.0}
        with suppress(OSError):
            # First: without the folder, the two others would be 0.
            figures["ingest_disk_free_bytes"] = shutil.disk_usage(self._settings.data_dir).free
            figures["ingest_inbox_damaged_files"] = len(kept_aside(self._settings.inbox_path))
            figures["ingest_inbox_wal_bytes"] = log_bytes(self._settings.inbox_path)
        # Damaged, and about to be repaired; or removed, and about to be put back.
        with suppress(sqlite3.Error, OSError), closing(Inbox.open_read_only(self._settings.inbox_path)) as inbox:
            figures |= _figures(inbox)
            self._counts.see(inbox.notes.outcomes(), inbox.notes.renewal_count())
        for name, documentation in GAUGES.items():
            yield GaugeMetricFamily(name, documentation, figures[name])
        yield from self._counters()

    def _counters(self) -> Iterator[Metric]:
        yield CounterMetricFamily(
            "ingest_inbox_renewed",
            "Times that the inbox was an older copy and got a new identity",
            self._counts.renewals.total,
        )
        deliveries = CounterMetricFamily("loader_deliveries", "Loaded deliveries by what became of them")
        for outcome, counter in self._counts.outcomes.items():
            labels = {"outcome": outcome.outcome} | ({"reason": outcome.reason} if outcome.reason else {})
            deliveries.add_sample("loader_deliveries_total", labels, counter.total)
        yield deliveries


def _figures(inbox: Inbox) -> dict[str, float]:
    backlog = inbox.backlog()
    load = inbox.notes.last_load()
    age = 0.0 if backlog.oldest_received_at is None else time.time() - backlog.oldest_received_at / 1e6
    set_aside_count, set_aside_bytes = inbox.set_aside.count_and_bytes()
    return {
        "ingest_inbox_readable": 1,
        "ingest_inbox_backlog_deliveries": backlog.delivery_count,
        "ingest_inbox_backlog_age_seconds": max(0.0, age),
        "ingest_set_aside_deliveries": set_aside_count,
        "ingest_set_aside_bytes": set_aside_bytes,
        "loader_last_success_timestamp_seconds": load.at / 1e6 if load else 0,
        "loader_last_duration_seconds": load.duration_seconds if load else 0,
        "backup_last_success_timestamp_seconds": inbox.notes.last_backup_at() / 1e6,
    }


@dataclass
class _Growing:
    """A count that only grows: that of an inbox which took another one's place is added to what was seen before."""

    total: int = 0
    seen: int = 0

    def see(self, count: int) -> None:
        self.total += count - self.seen if count >= self.seen else count
        self.seen = count


class _Counts:
    """The counts that the loader keeps in the inbox."""

    def __init__(self) -> None:
        self.renewals = _Growing()
        self.outcomes = defaultdict(_Growing, {outcome: _Growing() for outcome in USUAL_OUTCOMES})

    def see(self, outcomes: dict[Outcome, int], renewal_count: int) -> None:
        self.renewals.see(renewal_count)
        for outcome in {*self.outcomes, *outcomes}:
            self.outcomes[outcome].see(outcomes.get(outcome, 0))
