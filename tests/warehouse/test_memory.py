"""The memory that a process may take: a share of the machine's or of the service's, held by the kernel."""

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from warehouse import memory

GIGABYTE = 1024**3
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="macOS does not hold a process to its limit")


def run_limited(program: str, limit: int = resource.RLIM_INFINITY) -> subprocess.CompletedProcess[str]:
    """Run the program in a process that has limited itself; `limit` is what it was started with."""
    return subprocess.run(
        [sys.executable, "-c", f"from warehouse import memory; memory.limit_this_process(); {program}"],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_DATA, (limit, limit)),
        env={**os.environ, "RUST_BACKTRACE": "1"},
        timeout=300,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_process_that_asks_for_more_than_its_limit_gets_an_error() -> None:
    result = run_limited("bytearray(memory.limit_bytes())")
    assert result.stderr.splitlines()[-1] == "MemoryError"


def test_the_limit_is_a_share_of_the_machine_but_enough_for_a_usual_load() -> None:
    result = run_limited("import resource; print(resource.getrlimit(resource.RLIMIT_DATA)[0])")
    assert int(result.stdout) == max(4 * GIGABYTE, int(0.75 * memory.machine_bytes()))


def test_a_tighter_limit_stays() -> None:
    assert run_limited("print(memory.limit_bytes())", GIGABYTE).stdout == f"{GIGABYTE}\n"


def test_the_kernel_ends_this_process_before_the_receiver() -> None:
    assert run_limited("print(open('/proc/self/oom_score_adj').read())").stdout.strip() == "100"


def test_polars_ends_a_process_without_memory_and_does_not_hang() -> None:
    """It hung when it was told to write a backtrace, as some machines tell every program."""
    grow = "import polars; polars.Series([0]).extend_constant(1, memory.limit_bytes() // 8)"
    result = run_limited(grow, GIGABYTE * 2)
    assert result.returncode != 0
    assert "allocat" in result.stderr


def test_a_service_s_or_a_container_s_limit_counts_as_the_machine(tmp_path: Path) -> None:
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    assert memory.machine_bytes(tmp_path) == machine
    (tmp_path / "memory.max").write_text("max\n")
    assert memory.machine_bytes(tmp_path) == machine
    (tmp_path / "memory.max").write_text(f"{GIGABYTE}\n")
    assert memory.machine_bytes(tmp_path) == GIGABYTE


def test_the_kernel_says_how_many_processes_it_has_killed(tmp_path: Path) -> None:
    counters = tmp_path / "vmstat"
    assert memory.kill_count(counters) == 0
    counters.write_text("pgmajfault 12\noom_kill 3\nswap_ra 0\n")
    assert memory.kill_count(counters) == 3
