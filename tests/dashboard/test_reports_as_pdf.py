"""Reports as PDF: the words of the others, on A4, and nothing in a name is a command."""

import io
import sys
from dataclasses import replace
from pathlib import Path

import pypdf
import pytest
from click.testing import CliRunner
from streamlit.testing.v1 import AppTest

from dashboard.data import View
from dashboard.filters import Filters
from dashboard.queries.credited import Kind
from dashboard.reports import files
from dashboard.reports.command import report
from tests.dashboard import reading
from tests.dashboard.page import at, downloads, view_of
from tests.dashboard.rows import SPONSORED, TWO_EVENTS, Publish

MARKUP = '#panic() $x^2$ *bold* _it_ `raw` "quoted" <b> @ref \\n //'
# Each of 30 sessions has a title of 300 letters, in a room with a name of 100.
MANY_LONG_TITLES = """
    INSERT INTO sessions BY NAME
        SELECT 'summit' AS event_id, 'long-' || n AS session_id, repeat('Unbreakable', 30) AS session_title,
               60 AS scheduled_minutes, repeat('Room ', 20) AS location_name FROM range(30) AS numbers(n);
    INSERT INTO session_engagement BY NAME
        SELECT 'summit' AS event_id, 'long-' || n AS session_id, repeat('Unbreakable', 30) AS session_title,
               TIMESTAMP '2025-10-01 09:00' + n * INTERVAL 1 HOUR AS local_starts_at, 60 AS scheduled_minutes,
               repeat('Room ', 20) AS location_name, 40 AS attendee_count, 1200 AS total_minutes,
               30 AS mean_minutes, 30 AS median_minutes, 30 AS p90_minutes, 0.5 AS mean_completion,
               0 AS full_stay_rate, 0 AS early_exit_rate FROM range(30) AS numbers(n);
    INSERT INTO session_speakers BY NAME
        SELECT 'summit' AS event_id, 'long-' || n AS session_id, 'p1' AS speaker_id FROM range(30) AS numbers(n);
    INSERT INTO attendees BY NAME
        SELECT 'summit' AS event_id, 'many-' || n AS registration_id, repeat('GmbH & Co ', 9) || n AS company,
               repeat('Manager ', 12) || n AS designation, repeat('Industry ', 9) || n AS industry
        FROM range(40) AS numbers(n);
    INSERT INTO time_spent BY NAME
        SELECT 'summit' AS event_id, 'long-' || s AS session_id, 'many-' || n AS registration_id, 30 AS minutes_spent
        FROM range(30) AS sessions(s), range(40) AS attendees(n);
    UPDATE events SET event_name = repeat('International ', 20);
"""


@pytest.fixture
def summit(publish: Publish, data_dir: Path) -> View:
    """Of one event, with a sponsor and a booth."""
    publish(TWO_EVENTS + SPONSORED)
    return view_of(data_dir)._replace(filters=Filters(event_ids=("summit",)))


def test_a_pdf_says_what_the_html_says(summit: View) -> None:
    """The five figures, the tables, how they are counted, and from when they are."""
    of = files.event_report(summit, "pdf")
    (page,) = reading.pdf_pages(of.content)

    assert of.name == "summit_executive-report_2025-11-01.pdf"
    in_html = reading.html_figures(files.event_report(summit).content)
    assert reading.pdf_figures(of.content) == {label: value for label, (value, _) in in_html.items()}
    assert "Share of the attendees who stayed for at least 90 %" in " ".join(page.split())
    assert "Summit · 1 October 2025 · as of 1 Nov 2025, 12:30 (UTC) 1 / 1" in " ".join(page.split())


def test_a_pdf_is_titled_and_on_a4(summit: View) -> None:
    of = pypdf.PdfReader(io.BytesIO(files.handed_out(summit, Kind.SPONSOR, "s1", "pdf").content))

    assert of.metadata
    assert of.metadata.title == "Acme GmbH, Summit"
    assert [round(float(side)) for side in of.pages[0].mediabox[2:]] == [595, 842]


def test_names_in_a_pdf_are_as_they_are(publish: Publish, data_dir: Path) -> None:
    """Typst would run, set or refuse this if it were in the source."""
    publish(f"""{TWO_EVENTS + SPONSORED};
        UPDATE events SET event_name = '{MARKUP}'; UPDATE sponsors SET sponsor_name = '{MARKUP}';
        UPDATE session_engagement SET session_title = '{MARKUP}'; UPDATE sessions SET session_title = '{MARKUP}';
        UPDATE attendees SET company = '{MARKUP}'
    """)
    view = view_of(data_dir)._replace(filters=Filters(event_ids=("summit",)))
    page = reading.pdf_pages(files.handed_out(view, Kind.SPONSOR, "s1", "pdf", (MARKUP,)).content)[0]

    assert "".join(page.split()).count("".join(MARKUP.split())) >= 4


@pytest.mark.parametrize("show_pii", [False, True])
def test_no_pdf_names_an_attendee(summit: View, *, show_pii: bool) -> None:
    view = summit._replace(settings=replace(summit.settings, show_pii=show_pii))
    for of in (
        files.event_report(view, "pdf"),
        files.handed_out(view, Kind.SPONSOR, "s1", "pdf"),
        files.handed_out(view, Kind.SPEAKER, "p1", "pdf"),
    ):
        text = "\n".join(reading.pdf_pages(of.content))
        assert not any(name in text for name in ("Ada", "Lovelace", "Bob", "@example", "r1", "a1"))


def test_executive_and_speaker_reports_stay_on_one_page(publish: Publish, data_dir: Path) -> None:
    """Whatever the titles; a speaker's sessions that find no place are counted."""
    publish(TWO_EVENTS + SPONSORED + MANY_LONG_TITLES)
    view = view_of(data_dir)._replace(filters=Filters(event_ids=("summit",)))

    assert len(reading.pdf_pages(files.event_report(view, "pdf").content)) == 1
    (speaker,) = reading.pdf_pages(files.handed_out(view, Kind.SPEAKER, "p1", "pdf").content)
    assert "And 26 sessions with fewer attendees." in speaker


def test_many_filters_stand_on_the_last_page_not_on_each_foot(publish: Publish, data_dir: Path) -> None:
    publish(f"{TWO_EVENTS + SPONSORED}; UPDATE attendees SET company = 'Company 7'")
    companies = tuple(f"Company {number}" for number in range(40))
    view = view_of(data_dir)._replace(filters=Filters(event_ids=("summit",), companies=companies))
    (page,) = reading.pdf_pages(files.event_report(view, "pdf").content)

    words = " ".join(page.split())
    assert "Company: Company 39 · as of 1 Nov 2025" in words
    assert words.endswith("Summit: executive report 1 / 1")


@pytest.mark.parametrize("sponsor", [[], ["--sponsor", "s1"]])
def test_without_typst_the_command_says_how_to_install_it(
    summit: View, data_dir: Path, monkeypatch: pytest.MonkeyPatch, sponsor: list[str]
) -> None:
    assert summit
    monkeypatch.setitem(sys.modules, "typst", None)
    asked = ["--event", "summit", *sponsor, "--format", "pdf", "--out", str(data_dir / "out")]
    answer = CliRunner().invoke(report, asked)

    said = "Error: PDF needs Typst: pip install 'engagement-warehouse[pdf]'\n"
    assert (answer.exit_code, answer.output) == (2, said)
    assert not (data_dir / "out").exists()


@pytest.mark.parametrize("is_installed", [True, False])
def test_share_offers_pdf_where_typst_is(
    publish: Publish, app: AppTest, monkeypatch: pytest.MonkeyPatch, *, is_installed: bool
) -> None:
    publish(TWO_EVENTS + SPONSORED)
    if not is_installed:
        monkeypatch.setitem(sys.modules, "typst", None)
    offered = downloads(at(app, "sponsors", event="summit", show="s1"))

    pdfs = {name: label for name, label in offered.items() if name.endswith(".pdf")}
    assert pdfs == (
        {
            "summit_executive-report_2025-11-01.pdf": "Report of the event, as PDF",
            "summit_sponsor-report-acme-gmbh_2025-11-01.pdf": "Report for this sponsor, as PDF",
        }
        if is_installed
        else {}
    )
