"""Figures of inbox and disk: they neither vanish nor go back, whatever becomes of the files."""

import math
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from importlib.metadata import version
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from ingest.on_disk import GAUGES, OnDisk
from warehouse.commands.backup import back_up, note_success
from warehouse.commands.load import load
from warehouse.inbox.notes import LastLoad, Outcome
from warehouse.inbox.sqlite_queue import Inbox
from warehouse.schema_version import SCHEMA_VERSION
from warehouse.settings import WarehouseSettings

LOAD = LastLoad(0, 1_760_000_000_000_000, 0.5)
MISSING = Outcome("quarantined", "missing_field")


@pytest.fixture
def settings(tmp_path: Path) -> WarehouseSettings:
    """A data directory that can be removed."""
    (tmp_path / "data").mkdir()
    return WarehouseSettings(tmp_path / "data")


@pytest.fixture
def registry(settings: WarehouseSettings) -> CollectorRegistry:
    made = CollectorRegistry()
    made.register(OnDisk(settings))
    return made


@contextmanager
def opened(settings: WarehouseSettings) -> Iterator[Inbox]:
    with closing(Inbox(settings.inbox_path, create=True)) as inbox:
        yield inbox


def figures(registry: CollectorRegistry) -> dict[str, float]:
    """Each series with its value."""
    lines = [line for line in generate_latest(registry).decode().splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


def deliveries(registry: CollectorRegistry) -> dict[str, float]:
    """Those of the loaded deliveries that are not 0, by their labels."""
    name = "loader_deliveries_total"
    return {series.removeprefix(name): value for series, value in figures(registry).items() if name in series and value}


def test_all_figures_of_a_readable_inbox_are_numbers(settings: WarehouseSettings, registry: CollectorRegistry) -> None:
    with opened(settings) as inbox:
        inbox.append([(1, b"a")])
        seen = figures(registry)
    assert {name for name in GAUGES if math.isnan(seen[name])} == set()
    assert seen["ingest_inbox_readable"] == 1
    assert seen["ingest_inbox_backlog_deliveries"] == 1
    assert seen["ingest_inbox_wal_bytes"] > 0
    assert seen["loader_last_success_timestamp_seconds"] == 0


def test_without_the_data_directory_every_figure_says_that_it_cant_be_read(
    settings: WarehouseSettings, registry: CollectorRegistry
) -> None:
    before = figures(registry)
    shutil.rmtree(settings.data_dir)
    seen = figures(registry)
    assert seen.keys() == before.keys()
    assert seen["ingest_inbox_readable"] == 0
    assert {name for name in GAUGES if math.isnan(seen[name])} == GAUGES.keys() - {"ingest_inbox_readable"}


def test_a_damaged_inbox_is_unreadable_and_the_disk_is_not(
    settings: WarehouseSettings, registry: CollectorRegistry
) -> None:
    settings.inbox_path.write_bytes(b"this is no database at all" * 1000)
    seen = figures(registry)
    assert (seen["ingest_inbox_readable"], seen["ingest_inbox_damaged_files"]) == (0, 0)
    assert math.isnan(seen["ingest_inbox_backlog_deliveries"])
    assert seen["ingest_disk_free_bytes"] > 0


def test_deliveries_are_counted_by_what_a_load_made_of_them(
    settings: WarehouseSettings, registry: CollectorRegistry
) -> None:
    with opened(settings) as inbox:
        inbox.append([(1, b'{"action":"LOGIN"}'), (2, b'{"action":"LOGIN"}'), (3, b"{}"), (4, b"[]"), (5, b"[1]")])
        load(inbox, settings)
        inbox.append([(6, b'{"action":"LOGOUT"}')])
        load(inbox, settings)
    assert deliveries(registry) == {
        '{outcome="stored"}': 2,
        '{outcome="duplicate"}': 1,
        '{outcome="quarantined",reason="missing_field"}': 1,
        '{outcome="quarantined",reason="not_object"}': 2,
    }


def test_every_usual_outcome_is_counted_from_0_on(registry: CollectorRegistry) -> None:
    """Prometheus sees no increase in a series that begins with a number."""
    seen = figures(registry)
    assert seen['loader_deliveries_total{outcome="stored"}'] == 0
    assert seen['loader_deliveries_total{outcome="quarantined",reason="not_json"}'] == 0
    assert seen["ingest_inbox_renewed_total"] == 0


def test_counts_go_on_growing_when_an_inbox_with_smaller_ones_takes_its_place(
    settings: WarehouseSettings, registry: CollectorRegistry
) -> None:
    with opened(settings) as inbox:
        inbox.notes.add_load(LOAD, {MISSING: 200})
        figures(registry)
        inbox.notes.add_load(LOAD, {MISSING: 5})
        assert deliveries(registry) == {'{outcome="quarantined",reason="missing_field"}': 205}
    settings.inbox_path.unlink()
    with opened(settings) as inbox:
        assert deliveries(registry) == {'{outcome="quarantined",reason="missing_field"}': 205}
        inbox.notes.add_load(LOAD, {MISSING: 3})
        assert deliveries(registry) == {'{outcome="quarantined",reason="missing_field"}': 208}


def test_a_backup_says_when_it_has_succeeded(
    settings: WarehouseSettings, registry: CollectorRegistry, tmp_path: Path
) -> None:
    with opened(settings) as inbox:
        assert figures(registry)["backup_last_success_timestamp_seconds"] == 0
        load(inbox, settings)
        back_up(settings, tmp_path / "backup")
        note_success(settings)
    assert figures(registry)["backup_last_success_timestamp_seconds"] > 1_700_000_000


def test_the_version_and_the_tables_version_are_labels(registry: CollectorRegistry) -> None:
    labels = f'{{schema="{SCHEMA_VERSION}",version="{version("engagement-warehouse")}"}}'
    assert figures(registry)[f"engagement_warehouse_info{labels}"] == 1
