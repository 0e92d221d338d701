"""`make demo` keeps away from real data: a folder and a secret of its own, whatever `.env` and the environment say."""

import importlib.util
import os
import socket
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from ingest.settings import ReceiverSettings

ROOT = Path(__file__).parents[1]
REAL = {
    "DATA_DIR": "/srv/real",
    "ZUDDL_WEBHOOK_SECRET": "the-real-secret-of-the-webhook",
    "ZUDDL_AUTH_HEADER": "X-Webhook-Token: real",
    "ZUDDL_SIGNATURE_SCHEME": "hmac-sha1-hex",
}


@pytest.fixture
def processes() -> ModuleType:
    """`.make/processes.py`, which is a script and in no package."""
    spec = importlib.util.spec_from_file_location("processes", ROOT / ".make" / "processes.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def assert_own(settings: ReceiverSettings) -> None:
    assert settings.warehouse.data_dir == ROOT / "data" / "demo"
    assert settings.secrets == (b"secret-of-the-demo-alone",)
    assert settings.auth_header is None
    assert settings.scheme.name == "hmac-sha256-hex"


def test_what_dot_env_sets_does_not_reach_the_demo(
    processes: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [f"{name}={value}\n" for name, value in {**REAL, "REPEAT_POLICY": "sum"}.items()]
    (tmp_path / ".env").write_text("".join(lines), "utf-8")
    monkeypatch.chdir(tmp_path)
    settings = ReceiverSettings.from_env(processes.demo_environment())
    assert_own(settings)
    assert settings.warehouse.repeat_policy == "latest"


def test_the_folder_and_the_secret_of_the_environment_do_not_reach_the_demo(
    processes: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in {**REAL, "PORT": "8123"}.items():
        monkeypatch.setenv(name, value)
    settings = ReceiverSettings.from_env(processes.demo_environment())
    assert_own(settings)
    assert settings.port == 8123


def test_the_demo_names_speakers_and_sponsors(processes: ModuleType, tmp_path: Path) -> None:
    processes.name_speakers_and_sponsors(tmp_path / "demo")
    spoken, paid = (
        (tmp_path / "demo" / f"{who}.csv").read_text("utf-8").splitlines() for who in ("speakers", "sponsors")
    )
    assert (spoken[0], len(spoken)) == ("speaker_id,speaker_name", 33)
    assert (paid[0], len(paid)) == ("sponsor_id,sponsor_name", 7)
    assert paid[1].endswith(",Kestrel Bank")


def test_the_demo_leaves_names_that_are_there(processes: ModuleType, tmp_path: Path) -> None:
    for who in ("speakers", "sponsors"):
        (tmp_path / f"{who}.csv").write_text("mine", "utf-8")
    processes.name_speakers_and_sponsors(tmp_path)
    assert {path.read_text("utf-8") for path in tmp_path.iterdir()} == {"mine"}


def test_a_taken_port_is_one_line_before_anything_starts(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ended = subprocess.run(
            [sys.executable, ROOT / ".make" / "processes.py", "demo"],
            env={**os.environ, "PORT": str(port)},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == f"Error: 127.0.0.1:{port} is taken by another process; set PORT to a free one\n"


@pytest.mark.parametrize("script", [["processes.py"], ["processes.py", "demo"], ["sql.py"]], ids=" ".join)
def test_a_faulty_dot_env_is_one_line(script: list[str], tmp_path: Path) -> None:
    (tmp_path / ".env").mkdir()
    ended = subprocess.run(
        [sys.executable, ROOT / ".make" / script[0], *script[1:]],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (1, "Error: .env can't be read: Is a directory\n")


def test_a_folder_that_sql_cannot_look_into_is_one_line(tmp_path: Path) -> None:
    data_dir = tmp_path / ("long" * 100)
    ended = subprocess.run(
        [sys.executable, ROOT / ".make" / "sql.py"],
        env={**os.environ, "DATA_DIR": str(data_dir)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (1, f"Error: {data_dir}/warehouse.duckdb: File name too long\n")
