"""Figures of the lake, for Prometheus, read at the moment of its question. Each host says what it sees."""

import math
from collections.abc import Iterator
from contextlib import suppress

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from warehouse.inbox.notes import USUAL_OUTCOMES, Outcome
from warehouse.inbox.shared_inbox import SharedInbox
from warehouse.postgres import CatalogError, kept_session, make_tables
from warehouse.settings import LakeSettings
from warehouse.storage.lake.maintenance import LIVE_FILES
from warehouse.storage.lake.reader import current_generation

GAUGES = {
    "lake_reachable": "1 when PostgreSQL answers, else 0; the other figures are then NaN",
    "lake_inbox_deliveries": "Deliveries of all hosts that wait in PostgreSQL for the loader",
    "lake_last_load_timestamp_seconds": "When the lake was last changed; 0 before the first load",
    "lake_live_files": "Files of the current snapshot",
}


class OnLake(Collector):
    """The figures of one lake."""

    def __init__(self, lake: LakeSettings) -> None:
        self._lake = lake
        self._outcomes = dict.fromkeys(USUAL_OUTCOMES, 0)

    def collect(self) -> Iterator[Metric]:
        """All gauges, in order."""
        figures = dict.fromkeys(GAUGES, math.nan) | {"lake_reachable": 0.0}
        with suppress(CatalogError):
            figures |= self._figures()
            self._outcomes |= self._count()
        for name, documentation in GAUGES.items():
            yield GaugeMetricFamily(name, documentation, figures[name])
        deliveries = CounterMetricFamily("lake_deliveries", "Deliveries of all hosts by what became of them")
        for outcome, count in self._outcomes.items():
            labels = {"outcome": outcome.outcome} | ({"reason": outcome.reason} if outcome.reason else {})
            deliveries.add_sample("lake_deliveries_total", labels, count)
        yield deliveries

    def _count(self) -> dict[Outcome, int]:
        with kept_session(self._lake.catalog) as postgres:
            make_tables(postgres)
            return SharedInbox(postgres).outcomes()

    def _figures(self) -> dict[str, float]:
        generation = current_generation(self._lake)
        figures: dict[str, float] = {
            "lake_reachable": 1,
            "lake_last_load_timestamp_seconds": generation.published_ns / 1e9 if generation else 0,
        }
        if generation:
            with kept_session(self._lake.catalog) as postgres:
                [(figures["lake_live_files"],)] = postgres.execute(LIVE_FILES).fetchall()
                figures["lake_inbox_deliveries"] = SharedInbox(postgres).waiting_count({})
        return figures
