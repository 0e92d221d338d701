"""Measure the warehouse against its bars, each a ratio within one run: `python tests/benchmarks/bench_warehouse.py`.

With `--scale 1` as the bars are stated (1,000,000 and 5,000,000 deliveries; an hour, 20 GB of disk); the default is a
tenth. The payloads are those of the simulated conference. dlt comes from PyPI into an environment of its own.
"""

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import chain, islice
from pathlib import Path

import duckdb
from rich.console import Console
from rich.table import Table

from ingest.simulate.conference import conference
from warehouse import loads, reader, staging
from warehouse.copying import copy_file
from warehouse.inbox import Inbox
from warehouse.loader import publish_new
from warehouse.settings import WarehouseSettings

ROOT = Path(__file__).parents[2]
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

console = Console()


class Report:
    """Figures, as they are measured, and at the end the bars."""

    def __init__(self) -> None:
        self.table = Table("bar", "measured", "ratio", "wanted", "")

    def figure(self, name: str, value: str) -> None:
        """Something worth knowing."""
        console.print(f"{name}: {value}")

    def bar(
        self, name: str, measured: str, ratio: float, *, least: float | None = None, most: float | None = None
    ) -> None:
        """Something that is wanted."""
        is_met = (least is None or ratio >= least) and (most is None or ratio <= most)
        wanted = f">= {least}" if least is not None else f"<= {most}"
        self.table.add_row(name, measured, f"{ratio:.2f}", wanted, "[green]met" if is_met else "[red]MISSED")
        console.print(f"{name}: {measured}: {ratio:.2f} (wanted {wanted})")


def timed(work: Callable[[], object]) -> float:
    """Seconds that it takes."""
    started = time.monotonic()
    work()
    return time.monotonic() - started


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
    while publish_new(inbox, settings).inbox_position < last_id:
        pass


def write_ndjson(path: Path, count: int) -> None:
    """The same payloads as a file."""
    with path.open("wb") as file:
        for body in payloads(count, 1):
            file.write(body + b"\n")


def engine_alone(ndjson: Path) -> None:
    """DuckDB reads the file into one typed table."""

    def typed(shape: object) -> str:
        if isinstance(shape, dict):
            return "STRUCT(" + ", ".join(f'"{name}" {typed(part)}' for name, part in shape.items()) + ")"
        return f"{typed(shape[0])}[]" if isinstance(shape, list) else str(shape)

    columns = ", ".join(f"'{name}': '{typed(shape)}'" for name, shape in staging.PAYLOAD.items())
    database = ndjson.with_suffix(".engine.duckdb")
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


def bulk(report: Report, directory: Path, count: int) -> None:
    """Inbox to published marts, against dlt and against the engine alone; and the storage that it takes."""
    settings = WarehouseSettings(data_dir=directory / "bulk")
    settings.data_dir.mkdir()
    with closing(Inbox(settings.inbox_path, create=True)) as inbox:
        publish_new(inbox, settings)
        accept(inbox, payloads(count, 1))
        rate = count / timed(lambda: drain(inbox, settings))
    report.figure("inbox to published marts", f"{rate:,.0f}/s")
    ndjson = directory / "payloads.ndjson"
    write_ndjson(ndjson, count)
    engine = count / min(timed(lambda: engine_alone(ndjson)) for _ in range(2))
    report.bar("against DuckDB's read_json alone", f"{rate:,.0f} of {engine:,.0f}/s", rate / engine, least=0.35)
    size, text_size = settings.warehouse_path.stat().st_size, ndjson.stat().st_size
    report.bar("storage against NDJSON", f"{size / 1e6:,.0f} of {text_size / 1e6:,.0f} MB", size / text_size, most=0.15)
    few = directory / "few.ndjson"
    dlt_count = min(count, 50_000)
    write_ndjson(few, dlt_count)
    if dlt := dlt_rate(few, directory):
        dlt_per_row = dlt[1] / dlt_count
        report.bar("against dlt 1.31", f"{rate:,.0f} of {dlt[0]:,.0f}/s", rate / dlt[0], least=40)
        measured = f"{size / count:,.0f} of {dlt_per_row:,.0f} bytes a delivery"
        report.bar("storage against dlt's", measured, size / count / dlt_per_row, most=0.6)
    ndjson.unlink()


def visible(report: Report, settings: WarehouseSettings, seconds: int) -> None:
    """From accepted to visible, while 500 deliveries a second arrive and a loader follows."""
    environment = {**os.environ, "DATA_DIR": str(settings.data_dir)}
    loader = subprocess.Popen([sys.executable, "-m", "warehouse", "load", "--follow"], env=environment, cwd=ROOT)
    accepted: list[tuple[int, float]] = []
    seen: list[tuple[float, int]] = []
    stop = threading.Event()

    def watch(inbox_id: str) -> None:
        generation = None
        while not stop.wait(0.02):
            if (current := reader.current_generation(settings.warehouse_path)) == generation:
                continue
            with reader.connect(settings.warehouse_path) as connection:
                seen.append((time.monotonic(), loads.inbox_positions(connection).get(inbox_id, 0)))
            generation = current

    with closing(Inbox(settings.inbox_path)) as inbox:
        watcher = threading.Thread(target=watch, args=(inbox.inbox_id,))
        watcher.start()
        time.sleep(5)  # the loader is up
        started = time.monotonic()
        for number, batch in enumerate(batched(payloads(500 * seconds, 5_000), 50)):
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
    report.bar("accepted to visible, p95 in seconds", f"median {delays[len(delays) // 2]:.2f} s", p95, most=2)


def growth(report: Report, directory: Path, count: int) -> None:
    """What a publication costs on a large warehouse, and whether a delivery costs more there than on a small one."""
    settings = WarehouseSettings(data_dir=directory / "growth")
    settings.data_dir.mkdir()
    bodies = payloads(count + 100_000, 20_000)
    with closing(Inbox(settings.inbox_path, create=True)) as inbox:
        publish_new(inbox, settings)
        accept(inbox, islice(bodies, count // 10))
        small = timed(lambda: drain(inbox, settings)) / (count // 10)
        taken, large = count // 10, 0.0
        while taken < count:
            batch = min(250_000, count - taken)
            accept(inbox, islice(bodies, batch))
            large = timed(lambda: drain(inbox, settings)) / batch
            taken += batch
            inbox.prune(loaded_up_to=inbox.last_id(), received_before=2**62)
        measured = f"{1e6 * large:.0f} and {1e6 * small:.0f} us"
        report.bar(f"time per delivery at {count:,} against a tenth", measured, large / small, most=1.3)
        accept(inbox, islice(bodies, 1_000))
        copy = timed(lambda: copy_file(settings.warehouse_path, directory / "copy.duckdb"))
        seconds = timed(lambda: publish_new(inbox, settings))
        report.bar(
            f"1,000 onto {count:,}, against 5 copies + 1 s",
            f"{seconds:.2f} s, a copy {copy:.2f} s",
            seconds / (5 * copy + 1),
            most=1,
        )
    visible(report, settings, 30)
    environment = {**os.environ, "DATA_DIR": str(settings.data_dir)}
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    seconds = timed(lambda: subprocess.run([sys.executable, "-m", "warehouse", "rebuild"], env=environment, check=True))
    peak = max(before, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) / 1024**2
    report.bar(f"peak of a rebuild of {count:,}, in GiB", f"{seconds:.0f} s", peak, most=2)


def main() -> None:
    """Measure, and end with the table of the bars."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--scale", type=float, default=0.1, help="1 for the sizes of the bars")
    arguments.add_argument("--only", choices=["bulk", "growth"])
    options = arguments.parse_args()
    report = Report()
    (ROOT / ".bench").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=ROOT / ".bench") as directory:
        if options.only != "growth":
            bulk(report, Path(directory), int(1_000_000 * options.scale))
        if options.only != "bulk":
            growth(report, Path(directory), int(5_000_000 * options.scale))
    console.print(report.table)


if __name__ == "__main__":
    main()
