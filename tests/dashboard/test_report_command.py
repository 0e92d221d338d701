"""`dashboard report`, as a timer runs it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner, Result

from dashboard.cli import main
from dashboard.reports.command import report
from tests.dashboard.rows import SPONSORED, TWO_EVENTS, Publish


def test_the_command_is_one_of_the_dashboards() -> None:
    assert "Write a report" in CliRunner().invoke(main, ["report", "--help"]).output


def asked(data_dir: Path, *arguments: str) -> Result:
    return CliRunner().invoke(report, [*arguments, "--out", str(data_dir / "out" / "today")])


@pytest.fixture(autouse=True)
def _published(publish: Publish) -> None:
    publish(TWO_EVENTS + SPONSORED)


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (["--event", "summit"], "summit_executive-report_2025-11-01.html"),
        (["--event", "Summit", "--format", "xlsx"], "summit_workbook_2025-11-01.xlsx"),
        (["--event", "summit", "--sponsor", "s1"], "summit_sponsor-report-acme-gmbh_2025-11-01.html"),
        (
            ["--event", "summit", "--sponsor", "acme gmbh", "--format", "xlsx"],
            "summit_sponsor-report-acme-gmbh_2025-11-01.xlsx",
        ),
        (["--event", "summit", "--speaker", "Grace Hopper"], "summit_speaker-report-grace-hopper_2025-11-01.html"),
        (["--event", "summit", "--format", "pdf"], "summit_executive-report_2025-11-01.pdf"),
    ],
)
def test_a_report_is_written_and_its_path_is_printed(data_dir: Path, arguments: list[str], name: str) -> None:
    """What it is about may be given by id or by name. The folder is made."""
    answer = asked(data_dir, *arguments)
    written = data_dir / "out" / "today" / name

    assert (answer.exit_code, answer.output) == (0, f"{written}\n")
    assert [path.name for path in written.parent.iterdir()] == [name]
    if written.suffix == ".xlsx":
        assert "About" in openpyxl.load_workbook(written).sheetnames
    else:
        assert written.read_bytes().startswith(b"%PDF-" if written.suffix == ".pdf" else b"<!doctype html>")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--event", "nope"], "there is no event 'nope' here; there are:\n  Workshops\n  Summit"),
        (["--event", "summit", "--sponsor", "nope"], "there is no sponsor 'nope'"),
        (["--event", "workshops", "--speaker", "p2"], "there is no speaker 'p2'"),
        (["--event", "summit", "--sponsor", "s1", "--speaker", "p1"], "not for both"),
    ],
)
def test_what_is_not_there_is_said(data_dir: Path, arguments: list[str], said: str) -> None:
    answer = asked(data_dir, *arguments)

    assert answer.exit_code != 0
    assert said in answer.output
    assert not (data_dir / "out").exists()


def test_a_sponsor_with_a_booth_and_no_session_has_a_report(publish: Publish, data_dir: Path) -> None:
    """It says nothing of visitors in sessions."""
    publish(TWO_EVENTS + SPONSORED + "; DELETE FROM session_sponsors")
    answer = asked(data_dir, "--event", "summit", "--sponsor", "Acme GmbH")
    html = Path(answer.output.strip()).read_text()

    assert answer.exit_code == 0
    assert "This sponsor has no session with attendees" in html
    assert "2 visitors spent" in html
    assert "2 leads among the visitors." in html
    assert "also came" not in html
    assert asked(data_dir, "--event", "summit", "--sponsor", "s1", "--format", "xlsx").exit_code == 0


@pytest.mark.parametrize("what", ["event", "sponsor", "speaker"])
@pytest.mark.parametrize("value", ["", " "])
def test_an_empty_name_is_wrong_use(data_dir: Path, what: str, value: str) -> None:
    """It may come from a variable that is not set."""
    answer = asked(data_dir, "--event", "summit", f"--{what}", value)

    assert (answer.exit_code, f"the {what} is empty" in answer.output) == (2, True)
    assert not (data_dir / "out").exists()


def test_a_missing_warehouse_is_said(data_dir: Path) -> None:
    (data_dir / "warehouse.duckdb").unlink()
    answer = asked(data_dir, "--event", "summit")

    assert (answer.exit_code, "there is no warehouse at" in answer.output) == (1, True)


def test_a_folder_that_cannot_be_written_is_said(data_dir: Path) -> None:
    (data_dir / "out").write_text("a file")
    answer = asked(data_dir, "--event", "summit")

    assert (answer.exit_code, "can't write to" in answer.output) == (1, True)


def test_a_file_of_the_same_name_is_replaced(data_dir: Path) -> None:
    """A timer that runs twice between two loads writes the same file."""
    path = Path(asked(data_dir, "--event", "summit").output.strip())
    first = path.read_bytes()
    path.write_bytes(b"half of it")

    assert asked(data_dir, "--event", "summit").exit_code == 0
    assert path.read_bytes() == first


def test_a_report_that_cannot_be_written_leaves_the_old_one(data_dir: Path) -> None:
    """In the place of its draft is a folder."""
    path = Path(asked(data_dir, "--event", "summit").output.strip())
    first = path.read_bytes()
    path.with_name(f".{path.name}.draft").mkdir()
    answer = asked(data_dir, "--event", "summit")

    assert (answer.exit_code, "can't write to" in answer.output) == (1, True)
    assert path.read_bytes() == first


def test_ctrl_c_ends_it_with_a_sentence_and_no_file(data_dir: Path) -> None:
    """The process waits for the list of accounts, a pipe, when it is interrupted."""
    pipe, out = data_dir / "targets", data_dir / "out"
    os.mkfifo(pipe)
    options = ["--event", "summit", "--sponsor", "s1", "--targets", str(pipe), "--out", str(out)]
    command = [str(Path(sys.executable).with_name("dashboard")), "report", *options]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as process:
        with pipe.open("wb"):  # returns when the process has opened it, too
            process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)

    assert (process.returncode, said) == (130, b"Interrupted: no report is written.\n")
    assert not out.exists()
