"""Figures of the lake: what each host sees, also while PostgreSQL is away."""

import math
from contextlib import closing
from pathlib import Path

from prometheus_client import CollectorRegistry

from ingest.on_lake import GAUGES, OnLake
from tests.e2e.machine import free_port
from tests.lake import empty_lake
from warehouse.commands.forward import forward_once
from warehouse.commands.inboxes import opened
from warehouse.commands.load import load
from warehouse.inbox.sqlite_queue import Inbox
from warehouse.settings import LakeSettings, WarehouseSettings


def figures(lake: LakeSettings) -> dict[str, float]:
    registry = CollectorRegistry()
    registry.register(OnLake(lake))
    return {name: float(registry.get_sample_value(name) or 0) for name in GAUGES}


def quarantined(lake: LakeSettings) -> float:
    registry = CollectorRegistry()
    registry.register(OnLake(lake))
    labels = {"outcome": "quarantined", "reason": "missing_field"}
    return float(registry.get_sample_value("lake_deliveries_total", labels) or 0)


def test_the_figures_are_those_of_postgresql(tmp_path: Path) -> None:
    lake = empty_lake(tmp_path)
    settings = WarehouseSettings(tmp_path, lake=lake)
    with closing(Inbox(settings.inbox_path, create=True)) as inbox:
        inbox.append([(0, b'{"actionId": "a"}')])
        with opened(settings) as inboxes:
            assert inboxes
            load(inboxes, settings)
        forward_once(settings, lake)
        waiting = figures(lake)
        assert (waiting["lake_reachable"], waiting["lake_inbox_deliveries"]) == (1, 1)
        with opened(settings) as inboxes:
            assert inboxes
            load(inboxes, settings)
        loaded = figures(lake)
    assert loaded["lake_inbox_deliveries"] == 0
    assert quarantined(lake) == 1
    assert loaded["lake_live_files"] > waiting["lake_live_files"]
    assert loaded["lake_last_load_timestamp_seconds"] > waiting["lake_last_load_timestamp_seconds"] > 0


def test_a_postgresql_that_is_away_makes_all_but_one_figure_unknown() -> None:
    away = figures(LakeSettings(f"host=127.0.0.1 port={free_port()} dbname=x", "/srv/lake/"))
    assert away.pop("lake_reachable") == 0
    assert all(math.isnan(value) for value in away.values())
