"""Deliveries a second and latency of the receiver, compared with other ways to receive, in one run: `make bench`.

(a) a Litestar `@post` that only reads the body       (b) the receiver, its loader stopped
(c) the receiver, its loader at work, five readers    (d) FastAPI + asyncpg + PostgreSQL   (e) one DuckDB INSERT each

A machine is noisy, so the rounds alternate between the servers, and medians are printed. Compare the ratios only.
"""

import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import click
from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).parents[2]))

from ingest.signature import sign
from ingest.simulate.conference import conference
from tests.e2e.machine import SECRET, Machine, eventually, free_port
from tests.memory import resident_bytes

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
MEGABYTE = 1024 * 1024
UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0}
BARS = [
    ("(b) / (a), deliveries a second", "b", "a", "rate", ">=", 1.3),
    ("(b) / (a), p99", "b", "a", "p99", "<=", 2.0),
    ("(c) / (b), deliveries a second", "c", "b", "rate", ">=", 0.5),
    ("(b) / (d), deliveries a second", "b", "d", "rate", ">=", 3.5),
    ("(b) / (e), deliveries a second", "b", "e", "rate", ">=", 20.0),
]
console = Console()


class Round(NamedTuple):
    """One run of wrk: deliveries a second, milliseconds, and how many were answered with another status than 200."""

    rate: float
    p50: float
    p99: float
    refused: int


@click.command()
@click.option("--seconds", default=4, show_default=True, help="Length of a round.")
@click.option("--rounds", default=3, show_default=True, help="Rounds for each server and number of connections.")
@click.option("--connections", default="16,64,256", show_default=True, help="Numbers of connections, by commas.")
@click.option("--soak", default=0, show_default=True, help="Then so many deliveries to (b), watching its memory.")
def main(seconds: int, rounds: int, connections: str, soak: int) -> None:
    """Measure, and print figures and ratios."""
    for tool in ("wrk", "curl"):
        if shutil.which(tool) is None:
            raise click.ClickException(f"{tool} is missing (Debian: apt install wrk curl postgresql)")
    with TemporaryDirectory() as scratch:
        directory = Path(scratch)
        directory.chmod(0o755)
        bodies = write_deliveries(directory / "signed.txt")
        with servers(directory) as (addresses, machine):
            [loader] = machine.loaders()
            figures: dict[tuple[str, int], list[Round]] = defaultdict(list)
            left_to_load: list[float] = []
            for count in [int(text) for text in connections.split(",")]:
                for _ in range(rounds):
                    for name in addresses:
                        if name == "c":
                            # (c) starts with nothing left to load from (b). The loader pauses after a long load; a
                            # second of few deliveries ends the pause.
                            eventually(partial(has_caught_up, machine))
                            wrk(addresses[name], 1, 1, bodies)
                            eventually(partial(has_caught_up, machine))
                        with reading(directory, loader) if name == "c" else stopped(loader):
                            figures[name, count].append(wrk(addresses[name], count, seconds, bodies))
                            if name == "c":
                                left_to_load.append(backlog(machine) / (figures[name, count][-1].rate * seconds))
            show(figures)
            console.print(
                f"(c): when a round ended the loader had loaded {1 - statistics.mean(left_to_load):.0%} of it"
            )
            if soak:
                watch_memory(addresses["b"], soak, bodies, directory)


def write_deliveries(path: Path, count: int = 20_000) -> Path:
    """Signed payloads as wrk's script reads them."""
    with path.open("wb") as file:
        for body in islice(conference(attendees=2000, sessions=40, events=2, seed=5), count):
            file.write(sign(SECRET, body).encode() + b"\t" + body + b"\n")
    return path


@contextmanager
def servers(directory: Path) -> Iterator[tuple[dict[str, int], Machine]]:
    """All five servers, ready. (b) and (c) are one receiver, with its loader stopped or at work."""
    data_dir = directory / "data"
    data_dir.mkdir()
    machine = Machine(data_dir)
    started: list[subprocess.Popen[bytes]] = []
    with postgres(directory) as dsn:
        machine.serve()
        eventually(machine.warehouse.exists)
        addresses = {"a": free_port(), "b": machine.port, "c": machine.port}
        baselines: list[tuple[str, str, str, list[str]]] = [("a", sys.executable, "litestar", [])]
        if dsn:
            addresses["d"] = free_port()
            baselines.append(("d", str(fastapi_python()), "postgres", [dsn]))
        addresses["e"] = free_port()
        baselines.append(("e", sys.executable, "duckdb", [str(directory / "e.duckdb")]))
        try:
            for name, python, app, arguments in baselines:
                command = [python, str(HERE / "baselines.py"), app, str(addresses[name]), *arguments]
                started.append(subprocess.Popen(command))
            for port in set(addresses.values()):
                eventually(partial(listens, port))
            yield addresses, machine
        finally:
            machine.kill_all()
            for process in started:
                process.kill()
                process.wait()


@contextmanager
def postgres(directory: Path) -> Iterator[str | None]:
    """A cluster of its own with Debian's PostgreSQL and its defaults. Without it, (d) is left out, as a line says."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not found or os.geteuid():
        console.print("[bold]No PostgreSQL here, or not root: (d) is NOT measured (Debian: apt install postgresql)")
        yield None
        return
    cluster, port = directory / "postgres", free_port()
    cluster.mkdir()
    shutil.chown(cluster, "postgres")
    as_postgres = ["runuser", "-u", "postgres", "--"]
    control = [*as_postgres, str(found[-1] / "pg_ctl"), "-D", str(cluster), "-w"]
    subprocess.run(
        [*as_postgres, str(found[-1] / "initdb"), "-D", str(cluster), "-A", "trust"], check=True, capture_output=True
    )
    options = f"-p {port} -k {cluster} -c listen_addresses=127.0.0.1"
    subprocess.run([*control, "-l", str(cluster / "log"), "-o", options, "start"], check=True, capture_output=True)
    try:
        yield f"postgresql://postgres@127.0.0.1:{port}/postgres"
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], check=True, capture_output=True)


def fastapi_python() -> Path:
    """Python of an environment for (d), made once in `.bench/`: the project does not depend on FastAPI and asyncpg."""
    environment = ROOT / ".bench" / "fastapi"
    uv = ROOT / ".uv" / "bin" / "uv"
    if not (environment / "bin" / "python").exists():
        subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, environment], check=True)
    packages = ["fastapi", "asyncpg", "--editable", str(ROOT)]  # ours, for its server
    subprocess.run([uv, "pip", "install", "--quiet", "--python", environment, *packages], check=True)
    return environment / "bin" / "python"


def listens(port: int) -> bool:
    """Whether something answers at the port."""
    return subprocess.run(["curl", "-s", "-o", os.devnull, f"http://127.0.0.1:{port}/"], check=False).returncode == 0


def backlog(machine: Machine) -> float:
    """Accepted deliveries that are not loaded yet."""
    [deliveries] = re.findall(r"^ingest_inbox_backlog_deliveries (\S+)$", machine.read("/metrics"), re.MULTILINE)
    return float(deliveries)


def has_caught_up(machine: Machine) -> bool:
    """Whether all that was accepted is loaded."""
    return backlog(machine) == 0


@contextmanager
def stopped(loader: int) -> Iterator[None]:
    """Stop the loader's process meanwhile."""
    os.kill(loader, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(loader, signal.SIGCONT)


@contextmanager
def reading(directory: Path, loader: int) -> Iterator[None]:
    """Let the loader work meanwhile, and five readers ask once a second."""
    os.kill(loader, signal.SIGCONT)
    done = threading.Event()
    shell = Path(sys.executable).parent / "duckdb"
    question = "SELECT count(*), sum(minutes_spent) FROM time_spent"

    def ask() -> None:
        while not done.wait(1):
            subprocess.run(
                [shell, "-readonly", directory / "data" / "warehouse.duckdb", "-c", question],
                capture_output=True,
                check=True,
            )

    readers = [threading.Thread(target=ask) for _ in range(5)]
    for reader in readers:
        reader.start()
    try:
        yield
    finally:
        done.set()
        for reader in readers:
            reader.join()


def wrk(port: int, connections: int, seconds: int, bodies: Path) -> Round:
    """One run of wrk against a server."""
    script = ["-s", str(HERE / "post.lua"), f"http://127.0.0.1:{port}", "--", str(bodies)]
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", *script]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    latency = {p: float(v) * UNITS[u] for p, v, u in re.findall(r"(50|99)% +([\d.]+)(us|ms|s)\b", text)}
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    [rate] = re.findall(r"Requests/sec: +([\d.]+)", text)
    return Round(float(rate), latency["50"], latency["99"], int(refused[1]) if refused else 0)


def show(figures: dict[tuple[str, int], list[Round]]) -> None:
    """Print medians, then the ratios at 64 connections with their bars."""
    median = {
        key: {field: statistics.median(getattr(r, field) for r in its) for field in ("rate", "p50", "p99")}
        for key, its in figures.items()
    }
    table = Table("server", "connections", "deliveries/s", "p50 ms", "p99 ms", "refused")
    for (name, count), figure in sorted(median.items(), key=lambda item: (item[0][1], item[0][0])):
        refused = sum(r.refused for r in figures[name, count])
        table.add_row(
            f"({name})",
            str(count),
            f"{figure['rate']:,.0f}",
            f"{figure['p50']:.1f}",
            f"{figure['p99']:.1f}",
            str(refused),
        )
    console.print(table)
    ratios = Table("ratio at 64 connections", "measured", "bar", "")
    for title, over, under, field, comparison, bar in BARS:
        if (over, 64) in median and (under, 64) in median:
            ratio = median[over, 64][field] / median[under, 64][field]
            is_met = ratio >= bar if comparison == ">=" else ratio <= bar
            ratios.add_row(title, f"{ratio:.2f}", f"{comparison} {bar}", "met" if is_met else "NOT met")
    console.print(ratios)


def watch_memory(port: int, deliveries: int, bodies: Path, directory: Path) -> None:
    """Print the receiver's resident memory before and after so many deliveries."""
    text = subprocess.run(["pgrep", "-f", "ingest serve"], check=True, capture_output=True, text=True).stdout
    [receiver] = [
        int(line)
        for line in text.split()
        if f"DATA_DIR={directory / 'data'}".encode() in Path(f"/proc/{line}/environ").read_bytes().split(b"\0")
    ]
    before, sent = resident_bytes(receiver) / MEGABYTE, 0.0
    while sent < deliveries:
        sent += wrk(port, 64, 10, bodies).rate * 10
    after = resident_bytes(receiver) / MEGABYTE
    console.print(
        f"memory of the receiver: {before:.0f} MB, after {sent:,.0f} deliveries {after:.0f} MB (bar: +150 MB)"
    )


if __name__ == "__main__":
    main()
