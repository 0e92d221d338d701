"""A machine that systemd boots, from Debian's packages: systemd as process 1, in systemd-nspawn."""

import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.machine import ROOT, command_of, eventually
from tests.programs import program

PACKAGES = "systemd,systemd-sysv,dbus,python3"
NAME = "engagement-drill"
OPT = Path("/opt/engagement")
# Debian 12's Python, which must be the one that the dependencies here were installed for.
PYTHON = (3, 11)
SITE = "lib/python3.11/site-packages"


@dataclass(frozen=True)
class Booted:
    """A running machine. It shares this machine's network, and nothing else."""

    root: Path
    first_process: int

    def run(self, *command: str, is_checked: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a command in it."""
        enter = ["nsenter", "--target", str(self.first_process), "--mount", "--uts", "--ipc", "--pid", "--root", "--wd"]
        done = subprocess.run([*enter, *command], capture_output=True, text=True, check=False, timeout=600)
        assert not is_checked or done.returncode == 0, done.stdout + done.stderr
        return done

    def has_started(self) -> bool:
        """Whether systemd has started everything, well or not."""
        state = self.run("systemctl", "is-system-running", is_checked=False).stdout.strip()
        return state in ("running", "degraded")

    def show(self, unit: str, value: str) -> str:
        """A property of a unit."""
        return self.run("systemctl", "show", "--value", "--property", value, unit).stdout.strip()


def make_debian(root: Path, packages: str) -> None:
    """The smallest Debian 12 with these packages."""
    make = [program("mmdebstrap", "mmdebstrap"), "--variant=minbase", f"--include={packages}", "bookworm", str(root)]
    subprocess.run(make, check=True, capture_output=True)


def make_root(root: Path) -> None:
    """An empty Debian, and this checkout's program in /opt/engagement as an installation leaves it."""
    if sys.version_info[:2] != PYTHON:
        pytest.skip("the dependencies were not installed for Debian 12's Python")
    make_debian(root, PACKAGES)
    site = root / OPT.relative_to("/") / SITE
    for package in ("ingest", "warehouse", "dashboard"):
        shutil.copytree(ROOT / package, site / package, ignore=shutil.ignore_patterns("__pycache__"))
    # The dependencies are mounted.
    (site / "dependencies.pth").write_text("/opt/dependencies/site-packages\n")
    programs = root / OPT.relative_to("/") / "bin"
    programs.mkdir()
    (programs / "python").symlink_to("/usr/bin/python3")
    (programs.parent / "pyvenv.cfg").write_text("home = /usr/bin\ninclude-system-site-packages = false\n")
    for name in ("ingest", "warehouse", "dashboard"):
        script = f"#!{OPT}/bin/python\nimport sys\nfrom {name}.cli import main\nsys.exit(main())\n"
        (programs / name).write_text(script)
        (programs / name).chmod(0o755)


@contextmanager
def booted(root: Path) -> Iterator[Booted]:
    """The machine, until the end of the block. Nothing of it is left running."""
    dependencies = f"--bind-ro={sysconfig.get_path('purelib')}:/opt/dependencies/site-packages"
    nspawn = program("systemd-nspawn", "systemd-container")
    options = ["--boot", "--register=no", "--keep-unit", "--console=pipe", f"--machine={NAME}"]
    with (root.parent / "console.log").open("wb") as console:
        process = subprocess.Popen(
            [nspawn, f"--directory={root}", *options, dependencies],
            stdin=subprocess.DEVNULL,
            stdout=console,
            stderr=console,
        )
    try:
        first = eventually(lambda: child_of(process.pid))
        machine = Booted(root, first)
        eventually(machine.has_started)
        yield machine
    finally:
        process.terminate()  # an orderly end of the machine
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.terminate()  # an end at once; SIGKILL would leave the machine running
            process.wait()


def child_of(process_id: int) -> int:
    """The machine's process 1, once it runs systemd; 0 before."""
    for child in Path(f"/proc/{process_id}/task/{process_id}/children").read_text("ascii").split():
        if command_of(int(child))[:1] == [b"/usr/lib/systemd/systemd"]:
            return int(child)
    return 0
