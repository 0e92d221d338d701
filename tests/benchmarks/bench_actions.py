"""Measure every action against time spent alone, in one run: `python tests/benchmarks/bench_actions.py`.

The bars are stated for `--deliveries 1000000 --large 5000000`; the defaults are a tenth. The payloads are those of the
simulated organisation, of which four in ten are time spent in sessions.
"""

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from itertools import chain, islice
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parents[2]))

from ingest.simulate.organisation import organisation
from tests.benchmarks.bench_warehouse import ROOT, STEP, WORK, Report, accept, drain, payloads, peak_memory, timed
from warehouse.inbox.sqlite_queue import Inbox
from warehouse.settings import WarehouseSettings
from warehouse.storage.file import reader

SMALL = 1_000


def mixed(count: int, seed: int) -> Iterator[bytes]:
    """So many deliveries of every kind, of organisations with 2,000 attendees at each event."""
    organisations = (organisation(attendees=2_000, sessions=40, events=2, seed=s) for s in range(seed, seed + 10_000))
    return islice(chain.from_iterable(organisations), count)


def rate(report: Report, count: int) -> None:
    """Inbox to published marts, each kind in a warehouse of its own; and the storage of every kind."""
    alone, _ = loaded(payloads(SMALL, 2), payloads(count, 1), count)
    every, storage = loaded(mixed(SMALL, 2), mixed(count, 1), count)
    measured = f"{every:,.0f} of {alone:,.0f}/s"
    report.bar("load rate of every action, against time spent alone", measured, every / alone, min_ratio=0.8)
    report.bar("storage of every action, against NDJSON", f"{count:,} deliveries", storage, max_ratio=0.15)


def loaded(before: Iterator[bytes], bodies: Iterator[bytes], count: int) -> tuple[float, float]:
    """Deliveries a second, and the size of the file against that of the bodies."""
    with TemporaryDirectory(dir=WORK) as name:
        settings = WarehouseSettings(data_dir=Path(name))
        with closing(Inbox(settings.inbox_path, create=True)) as inbox:
            accept(inbox, before)
            drain(inbox, settings)  # Python's modules are loaded
            size = accept(inbox, bodies)
            seconds = timed(lambda: drain(inbox, settings))
        return count / seconds, settings.warehouse_path.stat().st_size / size


def grown(report: Report, count: int) -> WarehouseSettings:
    """A warehouse of so many deliveries of every kind, kept for the next run."""
    settings = WarehouseSettings(data_dir=WORK / f"mixed-{count}", inbox_retention=timedelta(0))
    if settings.data_dir.exists():
        return settings
    draft = WarehouseSettings(data_dir=WORK / f"mixed-{count}.draft", inbox_retention=timedelta(0))
    shutil.rmtree(draft.data_dir, ignore_errors=True)
    draft.data_dir.mkdir()
    with closing(Inbox(draft.inbox_path, create=True)) as inbox:
        bodies = mixed(count, 20_000)
        for start in range(0, count, STEP):
            accept(inbox, islice(bodies, min(STEP, count - start)))
            seconds = timed(lambda: drain(inbox, draft))
            report.figure(f"growing to {start + STEP:,}", f"{STEP / seconds:,.0f}/s")
    draft.data_dir.rename(settings.data_dir)
    return settings


def small(report: Report, count: int) -> None:
    """What a load of 1,000 deliveries of every kind costs on a large warehouse, against 1,000 of time spent."""
    settings = grown(report, count)
    seed = os.getpid() + 100_000  # ids that no earlier run used
    with closing(Inbox(settings.inbox_path)) as inbox:
        streams = {"every": mixed(4 * SMALL, seed), "alone": payloads(4 * SMALL, seed)}
        seconds: dict[str, list[float]] = {"every": [], "alone": []}
        for _ in range(4):
            for kind, bodies in streams.items():
                accept(inbox, islice(bodies, SMALL))
                seconds[kind].append(timed(lambda: drain(inbox, settings)))
    every, alone = (min(seconds[kind][1:]) for kind in ("every", "alone"))  # the first ones load Python's modules
    measured = f"{every:.2f} and {alone:.2f} s"
    report.bar(f"1,000 of every action onto {count:,}, against time spent", measured, every / alone, max_ratio=1.5)


def checking(report: Report, count: int) -> None:
    """How long `warehouse check` takes, in seconds."""
    settings = grown(report, count)
    seconds = timed(lambda: warehouse("check", settings))
    report.bar(f"check of {count:,}, in seconds", "every table a second time", seconds, max_ratio=60)


def rebuilding(report: Report, count: int) -> None:
    """The memory of a rebuild."""
    peak = warehouse("rebuild", grown(report, count))
    with reader.connect(grown(report, count).warehouse_path) as connection:
        [(actions,)] = connection.sql("SELECT count(*) FROM actions").fetchall()
    report.bar(f"peak of a rebuild of {count:,}, in GiB", f"{actions:,} rows in actions", peak, max_ratio=2)


def warehouse(verb: str, settings: WarehouseSettings) -> float:
    """Run a command in a process of its own; return its peak memory in GiB."""
    environment = {**os.environ, "DATA_DIR": str(settings.data_dir)}
    with subprocess.Popen([sys.executable, "-P", "-m", "warehouse", verb], env=environment, cwd=ROOT) as process:
        peak = peak_memory(process)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, verb)
    return peak


def main() -> None:
    """Measure, and end with the table of the bars."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--deliveries", type=int, default=100_000, help="1000000 for the bars as stated")
    arguments.add_argument("--large", type=int, default=500_000, help="5000000 for the bars as stated")
    arguments.add_argument("--only", choices=["rate", "small", "check", "rebuild"])
    options = arguments.parse_args()
    WORK.mkdir(parents=True, exist_ok=True)
    sections: dict[str, Callable[[Report], None]] = {
        "rate": lambda report: rate(report, options.deliveries),
        "small": lambda report: small(report, options.deliveries),
        "check": lambda report: checking(report, options.deliveries),
        "rebuild": lambda report: rebuilding(report, options.large),
    }
    report = Report()
    for name, measure in sections.items():
        if options.only in (None, name):
            measure(report)
    report.show()


if __name__ == "__main__":
    main()
