"""Measure the lake beside the file, each bar a ratio within one run: `python tests/benchmarks/bench_lake.py`.

PostgreSQL and Ceph's radosgw are Debian's, both on this machine: the network between hosts is not in these figures, and
all of them share its cores. Needs root. Each section runs alone with `--only`.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parents[2]))

from dashboard.data import SETTINGS
from tests.benchmarks.bench_warehouse import Report, payloads
from tests.postgres import empty_database
from tests.radosgw import radosgw
from warehouse.commands.forward import forward_once
from warehouse.commands.inboxes import opened
from warehouse.commands.load import load
from warehouse.inbox.sqlite_queue import Inbox
from warehouse.settings import LakeSettings, WarehouseSettings
from warehouse.storage import storage_of
from warehouse.storage.duckdb_pool import borrowed_connection

BATCH = 5_000
# What the pages ask most: totals, a ranking, an hourly count, a search, the attendees of a session.
QUERIES = {
    "totals": "SELECT count(*), sum(minutes_spent), count(DISTINCT registration_id) FROM time_spent",
    "sessions": "SELECT session_id, count(*), sum(minutes_spent) FROM time_spent GROUP BY ALL ORDER BY 3 DESC LIMIT 20",
    "attendees": "SELECT * FROM attendee_engagement ORDER BY engagement_rank LIMIT 50",
    "companies": "SELECT company, count(*) FROM attendees GROUP BY ALL ORDER BY 2 DESC LIMIT 20",
    "hours": """
        SELECT date_trunc('hour', starts_at), count(*) FROM time_spent JOIN sessions USING (event_id, session_id)
        GROUP BY ALL
    """,
    "search": "SELECT count(*) FROM attendees WHERE contains(lower(first_name || ' ' || last_name), 'ann')",
    "events": "FROM event_engagement",
}


def received(settings: WarehouseSettings, bodies: Iterator[bytes], count: int) -> None:
    """Put deliveries into the inbox of this host."""
    with closing(Inbox(settings.inbox_path, create=True)) as inbox:
        left = count
        while left:
            batch = list(islice(bodies, min(BATCH, left)))
            inbox.append([(time.time_ns() // 1000, body) for body in batch])
            left -= len(batch)


def seconds(work: Callable[[], object]) -> float:
    started = time.monotonic()
    work()
    return time.monotonic() - started


def load_all(settings: WarehouseSettings) -> None:
    """Load until nothing waits, as the loader does: the lock is taken for each load."""
    storage = storage_of(settings)
    with opened(settings) as inboxes:
        assert inboxes
        while True:
            with storage.only_writer():
                done = load(inboxes, settings)
            if not inboxes.waiting_count(done.positions):
                return


def forwarding(report: Report, lake: WarehouseSettings, count: int) -> None:
    """The host's rate, with nothing else at work."""
    assert lake.lake
    taken = seconds(lambda: forward_once(lake, lake.lake))  # type: ignore[arg-type]  # it has one
    rate = count / taken
    report.bar("forward, thousands a second", f"{rate:,.0f}/s", rate / 1000, min_ratio=20)


def loading(report: Report, file: WarehouseSettings, lake: WarehouseSettings, count: int) -> None:
    of_file, of_lake = (count / seconds(lambda s=s: load_all(s)) for s in (file, lake))  # type: ignore[misc]
    report.bar(f"load {count:,} on S3 / file", f"{of_lake:,.0f}/s, {of_file:,.0f}/s", of_lake / of_file, min_ratio=0.35)


def more(report: Report, file: WarehouseSettings, lake: WarehouseSettings, bodies: Iterator[bytes]) -> None:
    """A thousand more, five times; the median of each."""
    assert lake.lake
    taken: dict[str, list[float]] = {"file": [], "lake": []}
    for _ in range(5):
        batch = list(islice(bodies, 1_000))
        for name, settings in (("file", file), ("lake", lake)):
            received(settings, iter(batch), len(batch))
            if settings.lake:
                forward_once(settings, settings.lake)
            taken[name].append(seconds(lambda s=settings: load_all(s)))  # type: ignore[misc]
    of_file, of_lake = (sorted(its)[2] for its in taken.values())
    report.bar("1,000 more, S3 / file", f"{of_lake:.2f} s, {of_file:.2f} s", of_lake / of_file, max_ratio=6)


@contextmanager
def page(settings: WarehouseSettings) -> Iterator[Callable[[str], object]]:
    """Ask as a page does."""
    storage = storage_of(settings)
    with borrowed_connection(SETTINGS) as connection, storage.attached(connection, storage.generation()):
        yield lambda sql: connection.execute(sql).pl()


def asking(report: Report, file: WarehouseSettings, lake: WarehouseSettings) -> None:
    """Each query five times, warm; the medians, and their sums."""
    taken: dict[str, dict[str, float]] = {"file": {}, "lake": {}}
    for name, settings in (("file", file), ("lake", lake)):
        with page(settings) as ask:
            for query, sql in QUERIES.items():
                ask(sql)
                taken[name][query] = sorted(seconds(lambda s=sql: ask(s)) for _ in range(5))[2]  # type: ignore[misc]
    for query in QUERIES:
        one, other = taken["lake"][query], taken["file"][query]
        report.figure(query, f"{one * 1000:.1f} ms, file {other * 1000:.1f} ms: {one / other:.1f}")
    of_lake, of_file = sum(taken["lake"].values()), sum(taken["file"].values())
    measured = f"{of_lake * 1000:.0f} ms, {of_file * 1000:.0f} ms"
    report.bar("queries of pages, warm, S3 / file", measured, of_lake / of_file, max_ratio=4)
    opening = [seconds(lambda s=s: open_page(s)) for s in (file, lake)]  # type: ignore[misc]
    report.figure("opening a page's connection", f"{opening[1] * 1000:.0f} ms, file {opening[0] * 1000:.0f} ms")


# Rows of 1,000 sessions, in a mixed order, in the fact table.
ATTENDANCES = """
INSERT INTO main.time_spent BY NAME
SELECT
    'event' AS event_id, 'session-' || hash(i) % 1_000 AS session_id, 'registration-' || i % 100_000 AS registration_id,
    (hash(i) % 600) / 10 AS minutes_spent, 'action-' || i AS action_id, now() AS action_created_at, now() AS received_at
FROM range(?::BIGINT) attendances (i)
"""
BY_SESSION = "SELECT session_id, count(*), sum(minutes_spent) FROM time_spent GROUP BY ALL ORDER BY 3 DESC LIMIT 20"


def big(report: Report, file: WarehouseSettings, lake: WarehouseSettings, count: int) -> None:
    """Group many attendances by session, warm: the median of five, after a first time that reads the bucket."""
    first, warm = dict[str, float](), dict[str, float]()
    for name, settings in (("file", file), ("lake", lake)):
        storage = storage_of(settings)
        with storage.only_writer(), storage.new_generation("most") as connection:
            connection.execute(ATTENDANCES, [count])
        with page(settings) as ask:
            first[name] = seconds(lambda: ask(BY_SESSION))
            warm[name] = sorted(seconds(lambda: ask(BY_SESSION)) for _ in range(5))[2]
    report.figure("the first time", f"{first['lake'] * 1000:,.0f} ms, file {first['file'] * 1000:,.0f} ms")
    measured = f"{warm['lake'] * 1000:,.0f} ms, {warm['file'] * 1000:,.0f} ms"
    report.bar(f"{count:,} by session, warm, S3 / file", measured, warm["lake"] / warm["file"], max_ratio=1.5)


def open_page(settings: WarehouseSettings) -> None:
    with page(settings) as ask:
        ask("SELECT 1")


def small(report: Report, lake: WarehouseSettings, bodies: Iterator[bytes], count: int) -> None:
    """Many loads of ten deliveries each, maintained as the loader does it."""
    assert lake.lake
    storage, taken = storage_of(lake), list[float]()
    for number in range(count):
        received(lake, bodies, 10)
        forward_once(lake, lake.lake)
        with opened(lake) as inboxes, storage.only_writer():
            assert inboxes
            started = time.monotonic()
            done = load(inboxes, lake)
            taken.append(time.monotonic() - started)
            storage.maintain_if_due(done.load_id)
        if number % 100 == 0:
            report.figure(f"load {number}", f"{taken[-1]:.2f} s")
    first, last = (sorted(its)[len(its) // 2] for its in (taken[1:21], taken[-20:]))
    report.bar(
        f"the last of {count:,} small loads / the first", f"{last:.2f} s, {first:.2f} s", last / first, max_ratio=1.5
    )


def another(data_dir: Path, prefix: str) -> WarehouseSettings:
    """A host of an empty lake under another prefix of the bucket."""
    data_dir.mkdir()
    return WarehouseSettings(data_dir=data_dir, lake=LakeSettings(empty_database(), f"s3://lake/{prefix}/"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--deliveries", type=int, default=100_000)
    parser.add_argument("--small-loads", type=int, default=200)
    parser.add_argument("--only", choices=["load", "small", "big"])
    parser.add_argument("--attendances", type=int, default=10_000_000)
    arguments = parser.parse_args()
    report = Report()
    with radosgw() as env, TemporaryDirectory(prefix="bench-lake-") as name:
        os.environ.update(env)
        file = WarehouseSettings(data_dir=Path(name, "file"))
        lake = WarehouseSettings(
            data_dir=Path(name, "host"), lake=LakeSettings(empty_database(), os.environ["WAREHOUSE_DATA"])
        )
        for settings in (file, lake):
            settings.data_dir.mkdir()
        bodies = payloads(arguments.deliveries + 50_000, 7)
        batch = list(islice(bodies, arguments.deliveries))
        if arguments.only in (None, "load"):
            for settings in (file, lake):
                received(settings, iter(batch), len(batch))
            forwarding(report, lake, len(batch))
            loading(report, file, lake, len(batch))
            more(report, file, lake, bodies)
            asking(report, file, lake)
        if arguments.only in (None, "small"):
            small(report, another(Path(name, "small"), "small"), bodies, arguments.small_loads)
        if arguments.only in (None, "big"):
            beside = WarehouseSettings(data_dir=Path(name, "big-file"))
            beside.data_dir.mkdir()
            big(report, beside, another(Path(name, "big"), "big"), arguments.attendances)
    report.show()


if __name__ == "__main__":
    main()
