"""Reports to hand over: their figures, and that they name no attendee."""

import io
import re
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal

import duckdb
import openpyxl
import polars as pl
import pytest

from dashboard.data import View
from dashboard.display.text import MINUS
from dashboard.filters import Filters
from dashboard.queries.credited import Kind
from dashboard.reports import booth, definition, drawings, files, page
from dashboard.reports.definition import Column, Table
from dashboard.reports.reached import reached
from tests.dashboard.page import view_of
from tests.dashboard.reading import html_figures as figures
from tests.dashboard.reading import pdf_pages, sheet
from tests.dashboard.rows import SPONSORED, SUMMIT, TWO_EVENTS, Publish
from warehouse.storage import Generation
from warehouse.storage.file import reader

EVIL = "<script>alert(1)</script>"


@pytest.fixture
def summit(publish: Publish, data_dir: Path) -> View:
    """Of one event, with a sponsor and a booth."""
    publish(TWO_EVENTS + SPONSORED)
    return view_of(data_dir)._replace(filters=Filters(event_ids=("summit",)))


def test_the_executive_report_has_five_figures(summit: View) -> None:
    report = files.event_report(summit)

    assert report.name == "summit_executive-report_2025-11-01.html"
    assert figures(report.content) == {
        "Attendees": ("3", ""),
        "Hours watched": ("3 h", ""),
        "Per attendee": ("1 h", ""),
        "Completion": ("63 %", ""),
        "Stayed to the end": ("25 %", ""),
    }


def test_the_executive_report_says_the_change_since_the_event_before(publish: Publish, data_dir: Path) -> None:
    publish(TWO_EVENTS)
    view = view_of(data_dir)._replace(filters=Filters(event_ids=("workshops",)))

    assert figures(files.event_report(view).content) == {
        "Attendees": ("1", f"{MINUS}66.7 %"),
        "Hours watched": ("1.5 h", f"{MINUS}50 %"),
        "Per attendee": ("1 h 30 min", "+50 %"),
        "Completion": ("100 %", "+37.5 points"),
        "Stayed to the end": ("100 %", "+75 points"),
    }


def test_a_sponsor_report_compares_its_sessions_with_the_event(summit: View) -> None:
    report = files.handed_out(summit, Kind.SPONSOR, "s1", "html")

    assert report.name == "summit_sponsor-report-acme-gmbh_2025-11-01.html"
    assert figures(report.content) == {
        "Sessions": ("1", "of 3"),
        "Attendees": ("3", "100 % of the event"),
        "Hours watched": ("2 h", "67 % of the event"),
        "Completion": ("67 %", "+8.3 points vs. the median"),
        "Stayed to the end": ("33 %", "event: 25 %"),
    }


@pytest.mark.parametrize(
    ("filters", "sessions", "attendees", "hours"),
    [
        ({"tags": ("Data",)}, "of 3", "100 % of the event", "67 % of the event"),
        ({"sponsor_ids": ("s1",)}, "of 3", "100 % of the event", "67 % of the event"),
        ({"days": (date(2025, 10, 1),)}, "of 3", "100 % of the event", "67 % of the event"),
        ({"min_minutes": 60}, "of 3", "33 % of the event", "33 % of the event"),
        ({"countries": ("France",)}, "of 2", "100 % of the event", "40 % of the event"),
    ],
    ids=["tag", "sponsor", "day", "minutes", "country"],
)
def test_shares_of_the_event_are_of_the_whole_event(
    summit: View, filters: dict[str, Any], sessions: str, attendees: str, hours: str
) -> None:
    """Whatever the filters on sessions and minutes. Of France is Bob: 30 of his 75 minutes in two sessions."""
    view = summit._replace(filters=Filters(("summit",), **filters))
    shown = figures(files.handed_out(view, Kind.SPONSOR, "s1", "html").content)

    assert [shown[label][1] for label in ("Sessions", "Attendees", "Hours watched")] == [sessions, attendees, hours]


@pytest.mark.parametrize("ending", ["html", "pdf"])
def test_a_report_names_its_filters_at_the_top(summit: View, ending: Literal["html", "pdf"]) -> None:
    view = summit._replace(filters=Filters(("summit",), tags=("Data",), min_minutes=5))
    for report in (files.event_report(view, ending), files.handed_out(view, Kind.SPONSOR, "s1", ending)):
        text = report.content.decode() if ending == "html" else pdf_pages(report.content)[0]

        assert text.index("Under these filters: Tag: Data; Minutes: at least 5") < text.index("Attendees")


@pytest.mark.parametrize(
    ("filters", "where"),
    [
        (Filters(("summit",)), "true"),
        (Filters(("summit",), industries=("Computing",)), "industry = 'Computing'"),
        (Filters(("summit",), min_minutes=40), "minutes_spent >= 40"),
        (Filters(("summit",), countries=("England",)), "country = 'England'"),
    ],
    ids=["none", "industry", "minutes", "country"],
)
def test_a_sponsors_figures_are_those_of_sql(summit: View, data_dir: Path, filters: Filters, where: str) -> None:
    reach = reached(summit._replace(filters=filters), Kind.SPONSOR, "s1").reach

    with duckdb.connect(data_dir / "warehouse.duckdb", read_only=True) as connection:
        told = connection.sql(f"""
            SELECT count(DISTINCT registration_id), sum(minutes_spent),
                   avg(least(1, minutes_spent / scheduled_minutes)),
                   avg((minutes_spent / scheduled_minutes >= 0.9)::INT)
            FROM time_spent SEMI JOIN session_sponsors USING (event_id, session_id)
            JOIN sessions USING (event_id, session_id) JOIN attendees USING (event_id, registration_id)
            WHERE event_id = 'summit' AND {where}
        """).fetchone()
    assert tuple(reach.values()) == told


def test_a_sponsors_booth_has_its_name_and_its_leads_were_there(summit: View) -> None:
    """A lead of another booth's visitor is not counted; nor is a visitor twice."""
    of = booth.booth(summit, "s1", reached(summit, Kind.SPONSOR, "s1").sessions["session_key"].to_list())

    assert of.booths.select("place_id", "visitor_count").rows() == [("b1", 2)]
    assert of.in_sessions == 1
    assert of.leads.rows() == [(4.0, 1), (None, 1)]


def test_unknown_hours_at_a_booth_are_not_zero(publish: Publish, data_dir: Path) -> None:
    publish(f"{TWO_EVENTS + SPONSORED}; UPDATE place_engagement SET attendee_count = 0, total_minutes = 0")
    view = view_of(data_dir)._replace(filters=Filters(event_ids=("summit",)))

    assert b"2 visitors came to the booth." in files.handed_out(view, Kind.SPONSOR, "s1", "html").content


def test_a_sponsor_without_a_booth_of_its_name_is_told_so(publish: Publish, data_dir: Path) -> None:
    publish(f"{TWO_EVENTS + SPONSORED}; UPDATE sponsors SET sponsor_name = 'Somebody'")
    view = view_of(data_dir)._replace(filters=Filters(event_ids=("summit",)))

    assert b"No booth of the event has this sponsor" in files.handed_out(view, Kind.SPONSOR, "s1", "html").content


def test_a_sponsors_workbook_has_the_figures_of_the_report(summit: View) -> None:
    report = files.handed_out(summit, Kind.SPONSOR, "s1", "xlsx")
    book = openpyxl.load_workbook(io.BytesIO(report.content))

    assert report.name == "summit_sponsor-report-acme-gmbh_2025-11-01.xlsx"
    rows = {row[0]: row[1] for row in book["Figures"].iter_rows(min_row=2, values_only=True)}
    assert (rows["Attendees"], rows["Hours watched"], rows["Completion"]) == (3, 2, 2 / 3)
    assert list(book["Attendance"].iter_rows(min_row=2, max_col=2, values_only=True)) == [
        ("VIRTUAL", 2),
        ("IN_PERSON", 1),
    ]
    assert list(book["Leads"].iter_rows(min_row=2, values_only=True)) == [(4, 1), (None, 1)]
    assert book["About"]["B5"].value == "Acme GmbH"


def test_a_workbook_says_what_its_columns_mean_without_the_language_of_sql(summit: View) -> None:
    for report in (files.event_workbook(summit), files.handed_out(summit, Kind.SPONSOR, "s1", "xlsx")):
        rows = sheet(report.content, "About")
        meanings = [str(row[2]) for row in rows if row[2]]

        assert len(meanings) > 20
        assert not [meaning for meaning in meanings if "_" in meaning or ">=" in meaning]
        assert "Session id" in {row[1] for row in rows}


def test_an_hour_without_sessions_has_its_place_on_the_axis() -> None:
    starts = [datetime(2025, 10, 1, hour) for hour in (9, 11)]  # noqa: DTZ001 -- a clock on a wall
    chart = drawings.hours_by_time(pl.DataFrame({"local_starts_at": starts, "total_minutes": [60, 60]}))

    assert re.findall(">(09|10|11)<", chart.svg) == ["09", "10", "11"]


def test_a_speaker_report_is_about_the_speaker(summit: View) -> None:
    report = files.handed_out(summit, Kind.SPEAKER, "p1", "html")

    assert report.name == "summit_speaker-report-grace-hopper_2025-11-01.html"
    assert figures(report.content)["Sessions"] == ("2", "of 3")
    assert figures(report.content)["Attendees"] == ("3", "100 % of the event")


def test_no_report_names_an_attendee(summit: View) -> None:
    """Nor does it hold an address or an id, even where addresses may be shown."""
    view = summit._replace(settings=replace(summit.settings, show_pii=True))
    for report in (
        files.event_report(view),
        files.handed_out(view, Kind.SPONSOR, "s1", "html"),
        files.handed_out(view, Kind.SPEAKER, "p1", "html"),
    ):
        assert not re.search(rb"Ada|Lovelace|Bob|@example|\br1\b|\ba1\b", report.content)


def test_the_workbook_holds_every_table_and_all_attendees(summit: View) -> None:
    book = openpyxl.load_workbook(io.BytesIO(files.event_workbook(summit).content))

    assert book.sheetnames == ["Figures", "Sessions", "Speakers", "Tags", "Sponsors", "Companies", "Attendees", "About"]
    assert list(book["Figures"].iter_rows(values_only=True))[1:] == [(3, 180, 60, 0.625, 0.25)]
    attendees = list(book["Attendees"].iter_rows(min_row=2, values_only=True))
    assert [(row[0], *row[-3:]) for row in attendees] == [
        (75, "summit", "r1", None),
        (75, "summit", "r2", None),
        (30, "summit", "r3", None),
    ]


@pytest.mark.parametrize("is_shown", [False, True])
def test_the_workbook_names_people_only_if_the_operator_says_so(summit: View, *, is_shown: bool) -> None:
    view = summit._replace(settings=replace(summit.settings, show_pii=is_shown))
    book = openpyxl.load_workbook(io.BytesIO(files.event_workbook(view).content))

    cells = {cell for row in book["Attendees"].iter_rows(values_only=True) for cell in row}
    assert {"ada@example.com", "Ada Lovelace"} & cells == ({"ada@example.com", "Ada Lovelace"} if is_shown else set())


def test_a_report_holds_no_markup_from_data(publish: Publish, data_dir: Path) -> None:
    """Titles, names and companies are escaped, in its SVG too, and no script may run."""
    publish(f"""{TWO_EVENTS + SPONSORED};
        UPDATE events SET event_name = '{EVIL}'; UPDATE sessions SET session_title = '{EVIL}', location_name = '{EVIL}';
        UPDATE sponsors SET sponsor_name = '{EVIL}'; UPDATE speakers SET speaker_name = '{EVIL}';
        UPDATE attendees SET company = '{EVIL}', industry = '{EVIL}', country = '{EVIL}', designation = '{EVIL}'
    """)
    view = view_of(data_dir)._replace(filters=Filters(event_ids=("summit",)))
    for report in (
        files.event_report(view),
        files.handed_out(view, Kind.SPONSOR, "s1", "html"),
        files.handed_out(view, Kind.SPEAKER, "p1", "html"),
    ):
        assert b"<script" not in report.content
        assert b"&lt;script&gt;" in report.content
        assert b"default-src 'none'" in report.content


def test_a_cell_of_a_report_is_escaped() -> None:
    table = definition.card("Names", Table([Column("Name")], [["<b>"]]))

    assert '<td dir="auto">&lt;b&gt;</td>' in page.html(definition.report(SUMMIT, "Report", [], rows=[[[table]]]))


def test_a_report_says_where_it_comes_from() -> None:
    report = page.html(definition.report(SUMMIT, "Report", [], method="How it is counted."))

    assert "Summit · 1 October 2025 · Tag: AI · as of 1 Nov 2025, 13:30 (Europe/Berlin)" in report


def test_a_report_is_of_what_is_published_when_it_is_asked_for(publish: Publish, summit: View) -> None:
    """A generation that appears after the page was drawn is no error."""
    assert figures(files.event_report(summit).content)["Attendees"] == ("3", "")

    publish(f"{TWO_EVENTS}; DELETE FROM time_spent WHERE registration_id = 'r3'")

    assert figures(files.event_report(summit).content)["Attendees"] == ("2", "")


def test_a_report_asked_for_during_a_publication_is_made_again(
    publish: Publish, summit: View, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its figures are those of one generation, the new one."""
    asked = []

    def look_then_publish(warehouse: Path) -> Generation | None:
        asked.append(warehouse)
        if len(asked) == 1:
            publish(f"{TWO_EVENTS}; DELETE FROM time_spent WHERE registration_id = 'r3'")
            return summit.published.generation
        return Generation(warehouse.stat().st_ino, warehouse.stat().st_mtime_ns)

    monkeypatch.setattr(reader, "current_generation", look_then_publish)

    assert figures(files.event_report(summit).content)["Attendees"] == ("2", "")


@pytest.mark.parametrize("kind", [None, Kind.SPONSOR, Kind.SPEAKER])
def test_a_report_of_nothing_says_so(publish: Publish, summit: View, kind: Kind | None) -> None:
    """The attendances may have been erased since the page was drawn."""
    publish(f"{TWO_EVENTS + SPONSORED}; DELETE FROM time_spent")
    report = files.event_report(summit) if kind is None else files.handed_out(summit, kind, "s1", "html")

    assert b"under these filters" in report.content or b"No attendance matches" in report.content


def test_a_report_without_times_and_schedules_has_no_charts(publish: Publish, data_dir: Path) -> None:
    publish(f"{TWO_EVENTS + SPONSORED}; UPDATE sessions SET scheduled_minutes = NULL")
    view = view_of(data_dir)._replace(filters=Filters(event_ids=("summit",)))

    assert figures(files.event_report(view).content)["Completion"] == ("—", "")
    assert b"<svg" not in files.handed_out(view, Kind.SPONSOR, "s1", "html").content


def test_what_nobody_said_of_themselves_has_no_card(publish: Publish, data_dir: Path) -> None:
    """Neither without registrations nor with profiles that lack a field."""
    publish(
        f"{TWO_EVENTS + SPONSORED}; DELETE FROM registrations; UPDATE attendees SET industry = NULL, company = NULL"
    )
    view = view_of(data_dir)._replace(filters=Filters(event_ids=("summit",)))
    report = files.handed_out(view, Kind.SPONSOR, "s1", "html").content.decode()

    assert re.findall("<h2>([^<]+)</h2>", report) == [
        "Sessions",
        "Among all 3 sessions of the event",
        "Booth and leads",
        "Job titles",
        "Countries",
    ]


def test_a_small_event_says_why_no_session_is_ranked(summit: View) -> None:
    report = files.event_report(summit).content.decode()

    assert "Sessions are ranked by completion from 30 attendees on, which none has." in report
    assert "Highest completion" not in report
