"""Measure the warehouse against its bars, each a ratio within one run: `python tests/benchmarks/bench_warehouse.py`.

The bars are stated for `--deliveries 1000000 --large 5000000` (an hour, 20 GB of disk); the defaults are a tenth. Each
section runs alone with `--only`. Warehouses that sections start from are kept in `.bench/warehouse`, one for each size,
and are built on from where an interrupted run stopped; `--fresh` removes them. The payloads are those of the simulated
conference. dlt comes from PyPI into an environment of its own.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from datetime import timedelta
from itertools import chain, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any
from unittest.mock import patch
from uuid import uuid4

import duckdb
from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).parents[2]))

from ingest.simulate.conference import conference
from tests.memory import max_resident_bytes
from warehouse import pipeline
from warehouse.commands import load as load_command
from warehouse.inbox.sqlite_queue import Inbox
from warehouse.marts import attendees, events, sessions
from warehouse.settings import WarehouseSettings
from warehouse.staging.fields import PROFILE
from warehouse.storage import load_log
from warehouse.storage.file import publish, reader
from warehouse.storage.file.copying import copy_file

ROOT = Path(__file__).parents[2]
WORK = ROOT / ".bench" / "warehouse"
# Built in steps, so that the inbox of five million deliveries never lies on the disk as a whole.
STEP = 250_000
DLT_ENVIRONMENT = ROOT / ".bench" / "dlt"
DLT_LOAD = """
import json, sys, time, dlt
payloads = [json.loads(line) for line in open(sys.argv[1], "rb")]
pipeline = dlt.pipeline("bench", destination=dlt.destinations.duckdb(sys.argv[2]), dataset_name="bench",
                        pipelines_dir=sys.argv[3])
started = time.monotonic()
pipeline.run(payloads, table_name="deliveries")
print(len(payloads) / (time.monotonic() - started))
"""

# Loads one more delivery four times, and tells the seconds of the quickest of the last three, and the memory in bytes.
ONE_MORE = """
import os, sys, time
from contextlib import closing
from pathlib import Path
from tests.memory import max_resident_bytes
from warehouse.commands.load import load
from warehouse.inbox.sqlite_queue import Inbox
from warehouse.settings import WarehouseSettings
settings = WarehouseSettings(data_dir=Path(sys.argv[1]))
bodies = sys.stdin.buffer.read().splitlines()
seconds = []
with closing(Inbox(settings.inbox_path)) as inbox:
    for body in bodies:
        inbox.append([(time.time_ns() // 1000, body)])
        started = time.monotonic()
        load(inbox, settings)
        seconds.append(time.monotonic() - started)
print(min(seconds[1:]), max_resident_bytes(os.getpid()))
"""

# The fields that `read_json` alone reads of a payload: those that we read.
PAYLOAD = {
    "action": "VARCHAR",
    "actionId": "VARCHAR",
    "actionCreatedAt": "VARCHAR",
    "timeSpentInMinutes": "VARCHAR",
    "actor": {"id": "VARCHAR"},
    "registration": {"id": "VARCHAR", "profile": dict.fromkeys(PROFILE.values(), "VARCHAR")},
    "event": dict.fromkeys(("id", "organizationId", "name"), "VARCHAR"),
    "session": {
        **dict.fromkeys(("id", "title", "description", "startDateTime", "endDateTime"), "VARCHAR"),
        "location": "JSON",
        "speakers": [{"speakerId": "VARCHAR", "url": "VARCHAR"}],
        "sponsors": [{"sponsorId": "VARCHAR", "url": "VARCHAR"}],
        "tags": ["VARCHAR"],
    },
}

console = Console()


class Report:
    """Figures, as they are measured, and at the end the bars."""

    def __init__(self) -> None:
        self.table = Table("bar", "measured", "ratio", "wanted", "")

    def figure(self, name: str, value: str) -> None:
        """Something worth knowing."""
        console.print(f"{name}: {value}")

    def bar(
        self, name: str, measured: str, ratio: float, *, min_ratio: float | None = None, max_ratio: float | None = None
    ) -> None:
        """Something that is wanted."""
        is_met = (min_ratio is None or ratio >= min_ratio) and (max_ratio is None or ratio <= max_ratio)
        wanted = f">= {min_ratio}" if min_ratio is not None else f"<= {max_ratio}"
        self.table.add_row(name, measured, f"{ratio:.2f}", wanted, "[green]met" if is_met else "[red]MISSED")
        console.print(f"{name}: {measured}: {ratio:.2f} (wanted {wanted})")

    def show(self) -> None:
        """All bars."""
        console.print(self.table)


def timed(work: Callable[[], object]) -> float:
    """Seconds that it takes."""
    started = time.monotonic()
    work()
    return time.monotonic() - started


# What the time goes to: the functions that are timed, from outside, and in which other one each is a part.
PHASES: tuple[tuple[str, ModuleType | type, str], ...] = (
    ("loads", load_command, "load"),
    ("  copying the generation before", publish, "copy_file"),
    ("  the pipeline", pipeline, "run"),
    ("    parsing, one batch ahead", pipeline, "parse"),
    ("    deduplicating", pipeline, "deduplicate"),
    ("    storing", pipeline, "store"),
    ("    refreshing the marts", pipeline, "refresh"),
    ("      describing sessions", sessions, "describe"),
    ("      attendees", attendees, "refresh"),
    ("      measuring sessions", sessions, "measure"),
    ("      events", events, "refresh"),
)


@contextmanager
def phases(report: Report) -> Iterator[None]:
    """Report where the time of the block went, in seconds by the clock; what is done ahead has a thread of its own."""
    spent = dict.fromkeys((name for name, _, _ in PHASES), 0.0)

    def watched(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def run(*arguments: Any, **options: Any) -> Any:  # noqa: ANN401 -- passed on
            started = time.monotonic()
            try:
                return function(*arguments, **options)
            finally:
                spent[name] += time.monotonic() - started

        return run

    with ExitStack() as patches:
        for name, module, function in PHASES:
            patches.enter_context(patch.object(module, function, watched(name, getattr(module, function))))
        yield
    for name, seconds in spent.items():
        report.figure(name, f"{seconds:.2f} s")


def payloads(count: int, seed: int) -> Iterator[bytes]:
    """So many deliveries of conferences with 3,000 attendees each."""
    conferences = (conference(attendees=3_000, sessions=40, events=4, seed=s) for s in range(seed, seed + 10_000))
    return islice(chain.from_iterable(conferences), count)


def batched(bodies: Iterator[bytes], size: int) -> Iterator[list[bytes]]:
    """Lists of so many; `itertools` has it from Python 3.12 on."""
    return iter(lambda: list(islice(bodies, size)), [])


def accept(inbox: Inbox, bodies: Iterator[bytes]) -> int:
    """Append them as the receiver would; return their size."""
    size = 0
    for batch in batched(bodies, 2_000):
        inbox.append([(time.time_ns() // 1000, body) for body in batch])
        size += sum(len(body) + 1 for body in batch)
    return size


def drain(inbox: Inbox, settings: WarehouseSettings) -> None:
    """Publish all there is, as `warehouse load` does."""
    last_id = inbox.last_id()
    while load_command.load(inbox, settings).positions[inbox.inbox_id] < last_id:
        pass


def write_ndjson(path: Path, count: int) -> None:
    """The same payloads as a file."""
    with path.open("wb") as file:
        for body in payloads(count, 1):
            file.write(body + b"\n")


def read_json_alone(ndjson: Path) -> None:
    """DuckDB reads the file into one typed table."""

    def typed(shape: object) -> str:
        if isinstance(shape, dict):
            return "STRUCT(" + ", ".join(f'"{name}" {typed(part)}' for name, part in shape.items()) + ")"
        return f"{typed(shape[0])}[]" if isinstance(shape, list) else str(shape)

    columns = ", ".join(f"'{name}': '{typed(shape)}'" for name, shape in PAYLOAD.items())
    database = ndjson.with_suffix(".read_json.duckdb")
    with duckdb.connect(str(database)) as connection:
        connection.execute(
            f"CREATE TABLE t AS FROM read_json($path, columns = {{{columns}}}, format = 'newline_delimited')",
            {"path": str(ndjson)},
        )
    database.unlink()


def dlt_rate(ndjson: Path, directory: Path) -> tuple[float, int] | None:
    """Rows per second of dlt, and the size of its file; None when it can't be had."""
    python: Path = DLT_ENVIRONMENT / "bin" / "python"
    if not python.exists():
        uv = str(ROOT / ".uv" / "bin" / "uv")
        try:
            subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, DLT_ENVIRONMENT], check=True)
            subprocess.run(
                [uv, "pip", "install", "--quiet", "--python", python, "dlt[duckdb]==1.31.*", "duckdb==1.5.*"],
                check=True,
            )
        except (OSError, subprocess.CalledProcessError) as error:
            console.print(f"[red]SKIPPED[/red]: dlt could not be installed: {error}")
            shutil.rmtree(DLT_ENVIRONMENT, ignore_errors=True)
            return None
    database = directory / "dlt.duckdb"
    script = [str(python), "-c", DLT_LOAD, str(ndjson), str(database), str(directory / "dlt")]
    answer = subprocess.run(script, check=True, capture_output=True, text=True)
    return float(answer.stdout.split()[-1]), database.stat().st_size


def load(report: Report, count: int) -> None:
    """Inbox to published marts, against dlt and against read_json alone; and its storage."""
    with TemporaryDirectory(dir=WORK) as name:
        directory = Path(name)
        settings = WarehouseSettings(data_dir=directory)
        with closing(Inbox(settings.inbox_path, create=True)) as inbox:
            accept(inbox, payloads(1_000, 2))
            drain(inbox, settings)  # Python's modules are loaded
            accept(inbox, payloads(count, 1))
            with phases(report):
                rate = count / timed(lambda: drain(inbox, settings))
        report.figure("inbox to published marts", f"{rate:,.0f}/s")
        size = settings.warehouse_path.stat().st_size
        settings.inbox_path.unlink()
        ndjson = directory / "payloads.ndjson"
        write_ndjson(ndjson, count)
        text_size = ndjson.stat().st_size
        read_json = count / min(timed(lambda: read_json_alone(ndjson)) for _ in range(2))
        report.bar(
            "load rate, against read_json alone", f"{rate:,.0f} of {read_json:,.0f}/s", rate / read_json, min_ratio=0.30
        )
        measured = f"{size / 1e6:,.0f} of {text_size / 1e6:,.0f} MB"
        report.bar("storage, against NDJSON", measured, size / text_size, max_ratio=0.15)
        few_count = min(count, 50_000)
        write_ndjson(ndjson, few_count)
        if dlt := dlt_rate(ndjson, directory):
            dlt_per_row = dlt[1] / few_count
            report.bar("load rate, against dlt 1.31", f"{rate:,.0f} of {dlt[0]:,.0f}/s", rate / dlt[0], min_ratio=40)
            measured = f"{size / count:,.0f} of {dlt_per_row:,.0f} bytes a delivery"
            report.bar("storage, against dlt's", measured, size / count / dlt_per_row, max_ratio=0.6)


def grown(report: Report, count: int) -> WarehouseSettings:
    """A warehouse of so many deliveries; loads what an earlier run has not."""
    # No retention: what the inbox need not hold, it forgets.
    settings = WarehouseSettings(data_dir=WORK / str(count), inbox_retention=timedelta(0))
    settings.data_dir.mkdir(exist_ok=True)
    with closing(Inbox(settings.inbox_path, create=True)) as inbox:
        drain(inbox, settings)
        with reader.connect(settings.warehouse_path) as connection:
            [(taken,)] = connection.sql("SELECT sum(delivery_count)::BIGINT FROM raw.loads").fetchall()
        bodies = islice(payloads(count, 20_000), taken, None)
        while taken < count:
            step = min(STEP, count - taken)
            accept(inbox, islice(bodies, step))
            taken += step
            seconds = timed(lambda: drain(inbox, settings))
            report.figure(f"growing to {taken:,}", f"{step / seconds:,.0f}/s")
    return settings


def small_load(report: Report, count: int) -> None:
    """What a load of 1,000 deliveries costs on a large warehouse."""
    settings = grown(report, count)
    with closing(Inbox(settings.inbox_path)) as inbox:
        bodies = payloads(2_000, time.time_ns() % 1_000_000)
        accept(inbox, islice(bodies, 1_000))
        drain(inbox, settings)  # Python's modules are loaded
        accept(inbox, bodies)
        copied = settings.data_dir / "copied"
        copy = timed(lambda: copy_file(settings.warehouse_path, copied))
        copied.unlink()
        with phases(report):
            seconds = timed(lambda: drain(inbox, settings))
    measured = f"{seconds:.2f} s, a copy {copy:.2f} s"
    report.bar(f"1,000 onto {count:,}, against 5 copies + 1 s", measured, seconds / (5 * copy + 1), max_ratio=1)


def one_more(report: Report, count: int) -> None:
    """What one more delivery costs for an event of so many attendances, against one for an event of an eighth."""
    small, large = (of_event(report, size) for size in (count // 8, count))
    measured = f"{large[0]:.2f} and {small[0]:.2f} s"
    report.bar(
        f"one more for an event of {count:,}, time against an eighth", measured, large[0] / small[0], max_ratio=2
    )
    measured = f"{large[1] / 1e6:,.0f} and {small[1] / 1e6:,.0f} MB"
    report.bar(f"one more for an event of {count:,}, peak memory", measured, large[1] / small[1], max_ratio=1.5)


def of_event(report: Report, count: int) -> tuple[float, float]:
    """Seconds and bytes of memory that a load of one delivery for an event of this size takes, in its own process."""
    attendances_per_attendee = 9.68  # of 40 sessions, in the simulated conference
    people = round(count / attendances_per_attendee)
    settings = WarehouseSettings(data_dir=WORK / f"event-{count}", inbox_retention=timedelta(0))
    if not settings.warehouse_path.exists():
        settings.data_dir.mkdir(exist_ok=True)
        with closing(Inbox(settings.inbox_path, create=True)) as inbox:
            for bodies in batched(conference(attendees=people, sessions=40, events=1, seed=3), STEP):
                accept(inbox, iter(bodies))
                drain(inbox, settings)
    with reader.connect(settings.warehouse_path) as connection:
        [(attendances,)] = connection.sql("SELECT count(*) FROM time_spent").fetchall()
    report.figure("attendances of the event", f"{attendances:,}")
    payload = json.loads(next(conference(attendees=9, sessions=40, events=1, seed=3)))
    newcomers = [{**payload, "actionId": str(uuid4()), "registration": {"id": str(uuid4())}} for _ in range(4)]
    answer = subprocess.run(
        [sys.executable, "-c", ONE_MORE, settings.data_dir],
        input="\n".join(json.dumps(payload) for payload in newcomers).encode(),
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=True,
        capture_output=True,
    )
    seconds, peak = answer.stdout.split()[-2:]  # DuckDB draws a progress bar before them when it is slow
    return float(seconds), float(peak)


def rebuilding(report: Report, count: int) -> None:
    """Memory of a rebuild, and whether a delivery costs more in a large one than in one of a tenth."""
    small, large = (rebuilt(report, size) for size in (count // 10, count))
    report.bar(f"peak of a rebuild of {count:,}, in GiB", f"{large[0] * count:.0f} s", large[1], max_ratio=2)
    measured = f"{1e6 * large[0]:.0f} and {1e6 * small[0]:.0f} us"
    report.bar(f"time per delivery at {count:,}, against a tenth", measured, large[0] / small[0], max_ratio=1.3)


def rebuilt(report: Report, count: int) -> tuple[float, float]:
    """Seconds per delivery of a rebuild in a process of its own, and its peak memory in GiB."""
    settings = grown(report, count)
    environment = {**os.environ, "DATA_DIR": str(settings.data_dir)}
    started = time.monotonic()
    with subprocess.Popen([sys.executable, "-P", "-m", "warehouse", "rebuild"], env=environment, cwd=ROOT) as process:
        peak = peak_memory(process)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, "warehouse rebuild")
    return (time.monotonic() - started) / count, peak


def peak_memory(process: subprocess.Popen[bytes]) -> float:
    """The most memory that it had, in GiB, once it has ended."""
    peak = 0
    while process.poll() is None:
        with suppress(OSError):  # it may end just now
            peak = max_resident_bytes(process.pid)
        time.sleep(0.1)
    return peak / 1024**3


def visible(report: Report, count: int, seconds: int = 30) -> None:
    """From accepted to visible, while 500 deliveries a second arrive and a loader follows."""
    settings = grown(report, count)
    environment = {**os.environ, "DATA_DIR": str(settings.data_dir)}
    loader = subprocess.Popen([sys.executable, "-P", "-m", "warehouse", "load", "--follow"], env=environment, cwd=ROOT)
    accepted: list[tuple[int, float]] = []
    seen: list[tuple[float, int]] = []
    stop = threading.Event()

    def watch(inbox_id: str) -> None:
        generation = None
        while not stop.wait(0.02):
            if (current := reader.current_generation(settings.warehouse_path)) == generation:
                continue
            with reader.connect(settings.warehouse_path) as connection:
                seen.append((time.monotonic(), load_log.inbox_positions(connection).get(inbox_id, 0)))
            generation = current

    with closing(Inbox(settings.inbox_path)) as inbox:
        watcher = threading.Thread(target=watch, args=(inbox.inbox_id,))
        watcher.start()
        time.sleep(5)  # the loader is up
        started = time.monotonic()
        for number, batch in enumerate(batched(payloads(500 * seconds, time.time_ns() % 1_000_000), 50)):
            time.sleep(max(0.0, started + number * 0.1 - time.monotonic()))
            inbox.append([(time.time_ns() // 1000, body) for body in batch])
            accepted.append((inbox.last_id(), time.monotonic()))
        time.sleep(10)
    stop.set()
    watcher.join()
    loader.terminate()
    loader.wait()
    delays = sorted(
        next((moment for moment, position in seen if position >= last_id), float("inf")) - at
        for last_id, at in accepted
    )
    p95 = delays[int(0.95 * len(delays))]
    report.bar(
        f"accepted to visible onto {count:,}, p95 in seconds",
        f"median {delays[len(delays) // 2]:.2f} s",
        p95,
        max_ratio=2,
    )


def main() -> None:
    """Measure, and end with the table of the bars."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--deliveries", type=int, default=100_000, help="1000000 for the bars as stated")
    arguments.add_argument("--large", type=int, default=500_000, help="5000000 for the bars as stated")
    arguments.add_argument("--only", choices=["load", "visible", "small_load", "one_more", "rebuild"])
    arguments.add_argument("--fresh", action="store_true", help="remove the warehouses that earlier runs grew")
    options = arguments.parse_args()
    if options.fresh:
        shutil.rmtree(WORK, ignore_errors=True)
    WORK.mkdir(parents=True, exist_ok=True)
    sections: dict[str, Callable[[Report], None]] = {
        "load": lambda report: load(report, options.deliveries),
        "visible": lambda report: visible(report, options.deliveries),
        "small_load": lambda report: small_load(report, options.large),
        "one_more": lambda report: one_more(report, options.deliveries),
        "rebuild": lambda report: rebuilding(report, options.large),
    }
    report = Report()
    for name, measure in sections.items():
        if options.only in (None, name):
            console.rule(name)
            measure(report)
    report.show()


if __name__ == "__main__":
    main()
