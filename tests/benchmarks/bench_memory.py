"""The least memory in which an upgrade (a rebuild) and a usual load end, held by a control group. For root, on Linux.

Run: python tests/benchmarks/bench_memory.py --data-dir DIR [--deliveries 1000000]
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).parents[2]))

from ingest.simulate.conference import conference
from tests.benchmarks.bench_dashboard import make_warehouse
from warehouse.inbox.sqlite_queue import Inbox
from warehouse.settings import WarehouseSettings

CGROUPS = Path("/sys/fs/cgroup")
# Version 1 of control groups has a folder for each controller.
VERSION_1 = CGROUPS / "memory"
SIZES = (384, 512, 768, 1024, 1536, 2048, 3072, 4096)  # MiB
ONE_MORE_LOAD = 5_000
COMMANDS = {"upgrade (rebuild)": "rebuild", f"load of {ONE_MORE_LOAD:,} more": "load"}


@contextmanager
def control_group(mebibytes: int) -> Iterator[Path]:
    """A control group with so much memory, and no swap; removed at the end of the block."""
    group = (VERSION_1 if VERSION_1.is_dir() else CGROUPS) / "engagement-bench"
    group.mkdir()
    try:
        for name in ("memory.limit_in_bytes", "memory.max"):
            if (group / name).exists():
                (group / name).write_text(str(mebibytes * 1024 * 1024))
        yield group
    finally:
        group.rmdir()


def ends_within(mebibytes: int, command: str, data_dir: Path) -> bool:
    """Whether the command of `warehouse` ends well in so much memory."""
    with control_group(mebibytes) as group:
        entered = f"echo $$ > {group}/cgroup.procs && exec {Path(sys.executable).with_name('warehouse')} {command}"
        ended = subprocess.run(
            ["/bin/sh", "-c", entered], env=os.environ | {"DATA_DIR": str(data_dir)}, capture_output=True, check=False
        )
        return ended.returncode == 0


def accept_more(data_dir: Path, seed: int) -> None:
    """Accept the deliveries of another event."""
    with closing(Inbox(WarehouseSettings(data_dir=data_dir).inbox_path, create=True)) as inbox:
        bodies = conference(attendees=ONE_MORE_LOAD, sessions=20, events=1, seed=seed)
        received_at = 1_770_000_000_000_000
        inbox.append([(received_at + place, body) for place, body in enumerate(islice(bodies, ONE_MORE_LOAD))])


def least(command: str, data_dir: Path) -> int | None:
    """The least of `SIZES` in which the command ends; None if it ends in none of them."""
    for size in SIZES:
        if command == "load":
            accept_more(data_dir, seed=size)
        if ends_within(size, command, data_dir):
            return size
    return None


@click.command()
@click.option("--deliveries", default=1_000_000, show_default=True, help="How many the warehouse is made of.")
@click.option("--data-dir", type=click.Path(path_type=Path), required=True, help="Where it is made, or is already.")
def main(deliveries: int, data_dir: Path) -> None:
    """Measure, and print the least memory of each command."""
    data_dir.mkdir(parents=True, exist_ok=True)
    make_warehouse(data_dir, deliveries)
    table = Table("what", "least memory", title=f"Memory, {deliveries:,} deliveries; tried: {SIZES} MiB")
    for what, command in COMMANDS.items():
        found = least(command, data_dir)
        table.add_row(what, f"{found:,} MiB" if found else f"more than {SIZES[-1]:,} MiB")
    Console().print(table)


if __name__ == "__main__":
    main()
