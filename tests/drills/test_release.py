"""What `make release` leaves is all that production needs: installed by hash, it turns a webhook into a figure."""

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.machine import ROOT, Machine, eventually, free_port
from tests.postgres import empty_database

pytestmark = pytest.mark.drill

BODY = (ROOT / "tests" / "payloads" / "time_spent_full.json").read_bytes()
# Pages run when they are imported; the first one is drawn below.
IMPORT_ALL = """
import importlib, pkgutil
for name in ("dashboard", "ingest", "warehouse"):
    for module in pkgutil.walk_packages(importlib.import_module(name).__path__, name + "."):
        if not module.name.startswith(("dashboard.app_pages.", "dashboard.streamlit_app", "warehouse.__main__")):
            importlib.import_module(module.name)
"""
DRAW = """
import pathlib, dashboard
from streamlit.testing.v1 import AppTest
page = AppTest.from_file(pathlib.Path(dashboard.__file__).with_name("streamlit_app.py"), default_timeout=60).run()
assert not page.exception, page.exception
print([title.value for title in page.title], [caption.value for caption in page.caption])
"""
FIGURE = """
import duckdb, sys
print(duckdb.connect(sys.argv[1], read_only=True).sql("SELECT minutes_spent FROM time_spent").fetchall())
"""


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of a release, somewhere else."""
    subprocess.run(["make", "release"], cwd=ROOT, check=True, capture_output=True)
    return Path(shutil.copytree(ROOT / "dist", tmp_path_factory.mktemp("release") / "dist"))


def install(dist: Path, requirements: str, environment: Path) -> Path:
    """The folder of the commands in an environment of its own."""
    subprocess.run([sys.executable, "-m", "venv", environment], check=True)
    options = ["--quiet", "--require-hashes", "--requirement", requirements]
    subprocess.run([environment / "bin" / "pip", "install", *options], cwd=dist, check=True)
    return environment / "bin"


@pytest.fixture(scope="module")
def installed(dist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The commands of the release without a lake."""
    return install(dist, "requirements.txt", tmp_path_factory.mktemp("environment"))


@pytest.fixture
def elsewhere(machine: Machine, installed: Path, tmp_path: Path) -> Machine:
    """A machine with the release alone, and a working directory with nothing in it."""
    machine.directory = tmp_path / "elsewhere"
    machine.directory.mkdir()
    machine.bin = installed
    return machine


def test_the_checksums_are_those_of_the_files(dist: Path) -> None:
    lines = (dist / "SHA256SUMS").read_text("ascii").splitlines()
    listed = {name: checksum for checksum, name in (line.split("  ") for line in lines)}
    files = {path.name for path in dist.iterdir()} - {"SHA256SUMS", ".gitignore"}
    assert listed == {name: hashlib.sha256((dist / name).read_bytes()).hexdigest() for name in files}


def test_no_module_needs_what_only_developers_have(elsewhere: Machine) -> None:
    done = elsewhere.run("python", "-c", IMPORT_ALL)
    assert done.returncode == 0, done.stderr
    listed = json.loads(elsewhere.run("pip", "list", "--format", "json").stdout)
    assert {"pytest", "mypy", "ruff", "honcho", "playwright"} & {package["name"] for package in listed} == set()


@pytest.mark.parametrize("command", ["ingest", "warehouse", "dashboard"])
def test_each_command_says_its_version(command: str, elsewhere: Machine, dist: Path) -> None:
    [wheel] = dist.glob("*.whl")
    said = elsewhere.run(command, "--version").stdout
    assert said == f"{command}, version {wheel.name.split('-')[1]}\n"


def test_a_webhook_becomes_a_figure(elsewhere: Machine, tmp_path: Path) -> None:
    payload = tmp_path / "payload.json"
    payload.write_bytes(BODY)
    elsewhere.serve()
    assert elsewhere.run("ingest", "send", str(payload), "--url", f"{elsewhere.url}/webhooks/zuddl").returncode == 0
    minutes = json.loads(BODY)["timeSpentInMinutes"]
    eventually(
        lambda: elsewhere.run("python", "-c", FIGURE, str(elsewhere.warehouse)).stdout,
        lambda seen: seen == f"[({minutes:.1f},)]\n",
    )
    assert elsewhere.run("warehouse", "check").returncode == 0
    version = elsewhere.run("warehouse", "--version").stdout.split()[-1]
    assert f'version="{version}"' in elsewhere.read("/metrics")
    assert json.loads(elsewhere.read("/health/ready"))["version"] == version
    elsewhere.more_env = {"DASHBOARD_OPEN": "1"}  # nobody is at the other end of this page
    drawn = elsewhere.run("python", "-c", DRAW)
    assert drawn.returncode == 0, drawn.stderr
    assert json.loads(BODY)["event"]["name"] in drawn.stdout
    assert f"Engagement warehouse {version}" in drawn.stdout


def test_the_dashboard_of_a_release_is_served_with_its_configuration(elsewhere: Machine) -> None:
    port = free_port()
    elsewhere.more_env = {"DASHBOARD_PORT": str(port)}
    elsewhere.start("dashboard", "serve")
    eventually(lambda: elsewhere.answers("/_stcore/health", f"http://127.0.0.1:{port}"))


def test_the_release_for_a_lake_turns_a_webhook_into_a_figure(machine: Machine, dist: Path, tmp_path: Path) -> None:
    (payload := tmp_path / "payload.json").write_bytes(BODY)
    (data := tmp_path / "lake").mkdir()
    machine.bin = install(dist, "requirements-lake.txt", tmp_path / "environment")
    machine.more_env = {"WAREHOUSE": f"ducklake:postgres:{empty_database()}", "WAREHOUSE_DATA": f"{data}/"}
    machine.serve()
    assert machine.run("ingest", "send", str(payload), "--url", f"{machine.url}/webhooks/zuddl").returncode == 0
    eventually(lambda: machine.run("warehouse", "info").stdout, lambda seen: "1 rows" in seen)
    assert machine.run("warehouse", "check").returncode == 0


def test_a_release_without_the_extra_says_how_to_install_it(elsewhere: Machine, tmp_path: Path) -> None:
    elsewhere.more_env = {"WAREHOUSE": "ducklake:postgres:dbname=any", "WAREHOUSE_DATA": f"{tmp_path}/"}
    done = elsewhere.run("warehouse", "info")
    assert done.returncode != 0
    assert "[lake]" in done.stderr
    assert "Traceback" not in done.stderr
