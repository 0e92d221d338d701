"""`dashboard report`, as a timer runs it."""

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
    ],
)
def test_a_report_is_written_and_its_path_is_printed(data_dir: Path, arguments: list[str], name: str) -> None:
    """What it is about may be given by id or by name. The folder is made."""
    answer = asked(data_dir, *arguments)
    written = data_dir / "out" / "today" / name

    assert (answer.exit_code, answer.output) == (0, f"{written}\n")
    if written.suffix == ".html":
        assert written.read_text("utf-8").startswith("<!doctype html>")
    else:
        assert "About" in openpyxl.load_workbook(written).sheetnames


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--event", "nope"], "there is no event 'nope' with time spent here; there are:\n  Workshops\n  Summit"),
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


def test_a_missing_warehouse_is_said(data_dir: Path) -> None:
    (data_dir / "warehouse.duckdb").unlink()
    answer = asked(data_dir, "--event", "summit")

    assert (answer.exit_code, "there is no warehouse at" in answer.output) == (1, True)


def test_a_folder_that_cannot_be_written_is_said(data_dir: Path) -> None:
    (data_dir / "out").write_text("a file")
    answer = asked(data_dir, "--event", "summit")

    assert (answer.exit_code, "can't write to" in answer.output) == (1, True)
