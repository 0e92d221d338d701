"""The image of `ingest/deploy/Containerfile`: built by buildah, run without root on a read-only file system."""

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.drills.boot import NAME, make_debian
from tests.e2e.machine import ROOT, SECRET, eventually, free_port
from tests.programs import program

pytestmark = [pytest.mark.drill, pytest.mark.skipif(os.geteuid() != 0, reason="systemd-nspawn needs root")]

# What reaches PyPI from here: a mirror, a company's certificates.
HOSTS_OWN = ("/etc/ssl/certs", "/etc/pip.conf", "/opt/wheels")


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of the image, built from a release of this checkout upon Debian's own Python."""
    folder = tmp_path_factory.mktemp("image")
    make_debian(folder / "root", "python3,python3-venv,ca-certificates")
    subprocess.run(["make", "release"], cwd=ROOT, check=True, capture_output=True)
    store = ["--root", str(folder / "store"), "--runroot", str(folder / "run"), "--storage-driver", "vfs"]

    def buildah(*command: str) -> str:
        done = subprocess.run(
            [program("buildah", "buildah"), *store, *command], check=False, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    base = buildah("from", "scratch")
    buildah("add", "--quiet", base, str(folder / "root"), "/")
    buildah("commit", "--quiet", "--rm", base, "localhost/base")
    volumes = [f"--volume={path}:{path}:ro" for path in HOSTS_OWN if Path(path).exists()]
    file = ROOT / "ingest" / "deploy" / "Containerfile"
    options = ["--isolation=chroot", "--format=docker", "--build-arg=BASE=localhost/base", "--tag=engagement"]
    buildah("build", *options, *volumes, f"--file={file}", str(ROOT / "dist"))
    return Path(buildah("mount", buildah("from", "localhost/engagement")))


@contextmanager
def running(
    image: Path, data: Path, *command: str, network: Sequence[str] = (), **env: str
) -> Iterator["subprocess.Popen[bytes]"]:
    """A command of the image, as its user, on a read-only file system with one volume."""
    options = ["--read-only", "--tmpfs=/tmp", f"--bind={data}:/data", "--user=engagement", "--as-pid2", "--quiet"]
    options += ["--register=no", "--keep-unit", "--chdir=/data", "--console=pipe", f"--machine={NAME}"]
    options += network
    own = {"PATH": "/opt/engagement/bin:/usr/bin:/bin", "HOME": "/data", "DATA_DIR": "/data", **env}
    settings = [f"--setenv={name}={value}" for name, value in own.items()]
    nspawn = program("systemd-nspawn", "systemd-container")
    process = subprocess.Popen(
        [nspawn, f"--directory={image}", *options, *settings, *command], stdin=subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(60)


def answer(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=10) as answered:
            return int(answered.status)
    except OSError:
        return 0


def run_inside(container: "subprocess.Popen[bytes]", *command: str) -> subprocess.CompletedProcess[str]:
    """A command in the running container, as its user; it fails before the container has started."""
    children = Path(f"/proc/{container.pid}/task/{container.pid}/children").read_text("ascii").split()
    enter = [f"--target={children[-1] if children else 0}", "--mount", "--pid", "--net", "--root", "--wd"]
    user = ["--setuid=10001", "--setgid=10001"]
    return subprocess.run(["nsenter", *enter, *user, *command], capture_output=True, text=True, check=False, timeout=60)


def health_check() -> list[str]:
    """The command that a container engine runs in the container."""
    text = (ROOT / "ingest" / "deploy" / "Containerfile").read_text("utf-8").replace("\\\n", "")
    [line] = [line for line in text.splitlines() if line.startswith("HEALTHCHECK")]
    command: list[str] = json.loads(line.partition(" CMD ")[2])
    return command


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The volume, which belongs to the image's user."""
    folder = tmp_path / "data"
    folder.mkdir()
    os.chown(folder, 10001, 10001)
    return folder


def test_the_receiver_runs_without_root_and_writes_to_its_volume_alone(image: Path, data: Path) -> None:
    port = free_port()
    with running(image, data, "ingest", "serve", PORT=str(port), ZUDDL_WEBHOOK_SECRET=SECRET):
        eventually(lambda: answer(f"http://127.0.0.1:{port}/health/ready"), lambda status: status == 200)
        eventually((data / "warehouse.duckdb").exists)
    assert {file.stat().st_uid for file in data.iterdir()} == {10001}


def test_the_dashboard_runs_from_the_same_image(image: Path, data: Path) -> None:
    port = free_port()
    with running(image, data, "dashboard", "serve", DASHBOARD_PORT=str(port)):
        eventually(lambda: answer(f"http://127.0.0.1:{port}/_stcore/health"), lambda status: status == 200)


@pytest.mark.parametrize("program", ["ingest", "dashboard"])
def test_the_health_check_tells_whether_it_runs(program: str, image: Path, data: Path) -> None:
    """The container outlives its program here, so that there is one to ask. Its network is its own: so is port 8000."""
    script = f"{program} serve & echo $! >/data/pid; wait; exec sleep infinity"
    own = {"ZUDDL_WEBHOOK_SECRET": SECRET, "DASHBOARD_OPEN": "1"}
    with running(image, data, "sh", "-c", script, network=["--private-network"], **own) as container:
        well = eventually(lambda: run_inside(container, *health_check()), lambda done: done.returncode == 0)
        run_inside(container, "sh", "-c", "kill $(cat /data/pid)")
        down = eventually(lambda: run_inside(container, *health_check()), lambda done: done.returncode != 0)
        assert container.poll() is None
    said = down.stderr.strip().splitlines()[-1]
    sys.__stderr__.write(f"\n{program}: {well.returncode} while it runs, then {down.returncode}: {said}\n")  # type: ignore[union-attr]  # pytest keeps the other one
    assert "Connection refused" in said
