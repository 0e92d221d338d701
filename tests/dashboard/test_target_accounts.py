"""Target accounts in a sponsor's report: how many of them its sessions reached, and which."""

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner
from streamlit.testing.v1 import AppTest

from dashboard.data import View
from dashboard.filters import Filters
from dashboard.queries import accounts
from dashboard.queries.credited import Kind
from dashboard.reports import files
from dashboard.reports.command import report
from dashboard.reports.reached import reached
from tests.dashboard import reading
from tests.dashboard.page import at, said, view_of
from tests.dashboard.rows import SPONSORED, TWO_EVENTS, Publish

# Ada of Engines was in the sponsored keynote for 60 minutes, Bob of Looms in another session alone.
ACCOUNTS = f"""{TWO_EVENTS + SPONSORED};
    DELETE FROM time_spent WHERE registration_id = 'r2' AND session_id = 'keynote';
    UPDATE attendees SET company = 'Looms' WHERE registration_id = 'r2'
"""
TARGETS = ("ENGINES", "looms", "Nobody & Sons")


@pytest.fixture
def summit(publish: Publish, data_dir: Path) -> View:
    """The summit."""
    publish(ACCOUNTS)
    return view_of(data_dir)._replace(filters=Filters(event_ids=("summit",)))


def of_sponsor(view: View, targets: tuple[str, ...]) -> pl.DataFrame:
    """The accounts beside the sponsor's sessions."""
    found = reached(view, Kind.SPONSOR, "s1", targets).targets
    assert found is not None
    return found


def test_a_list_has_one_name_a_line_and_each_company_once() -> None:
    assert accounts.listed("Engines\r\n\n  Looms   GmbH \nENGINES\n\tengines") == ("Engines", "Looms GmbH")


def test_an_account_is_reached_by_somebody_in_the_sessions(summit: View) -> None:
    assert of_sponsor(summit, TARGETS).rows() == [("ENGINES", 1, 60, 1), ("Nobody & Sons", 0, 0, 0), ("looms", 0, 0, 1)]


@pytest.mark.parametrize(
    ("filters", "rows"),
    [
        (Filters(countries=("France",)), [("ENGINES", 0, 0, 0), ("looms", 0, 0, 1)]),
        (Filters(min_minutes=20), [("ENGINES", 1, 60, 1), ("looms", 0, 0, 1)]),
        (Filters(tags=("Data",)), [("ENGINES", 1, 60, 1), ("looms", 0, 0, 1)]),
    ],
    ids=["country", "minutes", "tag"],
)
def test_accounts_obey_the_filters(summit: View, filters: Filters, rows: list[tuple[str, int, float, int]]) -> None:
    """Who was at the event, in the last figure, does not depend on filters on sessions and minutes."""
    view = summit._replace(filters=replace(filters, event_ids=("summit",)))

    assert of_sponsor(view, ("ENGINES", "looms")).rows() == rows


def test_all_spellings_of_an_account_count(publish: Publish, data_dir: Path) -> None:
    publish(f"{TWO_EVENTS + SPONSORED}; UPDATE attendees SET company = ' engines' WHERE registration_id = 'r2'")
    view = view_of(data_dir)._replace(filters=Filters(event_ids=("summit",)))

    assert of_sponsor(view, ("Engines",)).rows() == [("Engines", 2, 90, 2)]


def test_the_report_says_how_many_were_reached_and_which(summit: View) -> None:
    html = files.handed_out(summit, Kind.SPONSOR, "s1", "html", TARGETS).content
    pdf = files.handed_out(summit, Kind.SPONSOR, "s1", "pdf", TARGETS).content
    xlsx = files.handed_out(summit, Kind.SPONSOR, "s1", "xlsx", TARGETS).content

    assert reading.html_figures(html)["Target accounts"] == ("1", "reached of 3")
    assert reading.pdf_figures(pdf)["Target accounts"] == "1"
    assert reading.sheet(xlsx, "Target accounts") == [
        ("ENGINES", 1, 60, 1),
        ("Nobody & Sons", 0, 0, 0),
        ("looms", 0, 0, 1),
    ]
    assert ("Target accounts", 1, 2) in reading.sheet(xlsx, "Figures")
    for sentence in ("Target accounts: 1 of 3 reached", "At the event, but not in these sessions: looms."):
        assert sentence in html.decode()
        assert sentence in reading.pdf_pages(pdf)[0]
    assert "Not at the event: Nobody &amp; Sons." in html.decode()


def test_without_a_list_nothing_is_said_of_accounts(summit: View) -> None:
    assert b"arget account" not in files.handed_out(summit, Kind.SPONSOR, "s1", "html").content


def test_the_accounts_pasted_on_the_page_are_in_the_report(publish: Publish, app: AppTest) -> None:
    """And they are still in their field when one comes back."""
    publish(ACCOUNTS)
    page = at(app, "companies", event="summit")
    page.text_area("target-accounts").input("engines\nlooms").run()
    page = at(page, "sponsors", event="summit", show="s1")

    assert "With the 2 target accounts pasted on the page Companies." in said(page)
    del page.query_params["show"]
    assert at(page, "companies").text_area("target-accounts").value == "engines\nlooms"


def asked(data_dir: Path, listed: bytes, *arguments: str) -> tuple[int, str]:
    """The exit status and the words of the command that is given this file."""
    path = data_dir / "targets.txt"
    path.write_bytes(listed)
    out = str(data_dir / "out")
    answer = CliRunner().invoke(report, ["--event", "summit", *arguments, "--targets", str(path), "--out", out])
    return answer.exit_code, answer.output


def test_the_command_takes_a_file_of_accounts(summit: View, data_dir: Path) -> None:
    """Also as Windows writes it."""
    assert summit
    status, path = asked(data_dir, "\ufeffEngines\r\nLooms\r\n".encode(), "--sponsor", "s1")

    assert status == 0
    assert reading.html_figures(Path(path.strip()).read_bytes())["Target accounts"] == ("1", "reached of 2")


@pytest.mark.parametrize(
    ("listed", "arguments", "status", "words"),
    [
        (b"\n \n", ["--sponsor", "s1"], 1, "names no account"),
        (b"\xff\xfeE\x00", ["--sponsor", "s1"], 1, "is not text in UTF-8"),
        (b"Engines", ["--speaker", "p1"], 2, "target accounts are for a sponsor's report"),
    ],
    ids=["empty", "not UTF-8", "a speaker"],
)
def test_a_list_that_cannot_be_used_is_said(
    summit: View, data_dir: Path, listed: bytes, arguments: list[str], status: int, words: str
) -> None:
    assert summit
    found, output = asked(data_dir, listed, *arguments)

    assert (found, words in output) == (status, True)
    assert not (data_dir / "out").exists()
