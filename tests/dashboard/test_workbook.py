"""Tables as Excel files, opened again."""

import io
from datetime import UTC, date, datetime

import openpyxl
import polars as pl
import pytest
from openpyxl.workbook import Workbook

from dashboard.display import columns, workbook
from dashboard.display.workbook import Sheet
from tests.dashboard.rows import SUMMIT

COLUMNS = {
    "session": columns.name("Session"),
    "attendee_count": columns.ATTENDEES,
    "total_minutes": columns.MINUTES,
    "mean_completion": columns.COMPLETION,
    "local_starts_at": columns.local("Start"),
}
KEYNOTE = pl.DataFrame(
    {
        "session": ["Keynote"],
        "attendee_count": [1234],
        "total_minutes": [75.25],
        "mean_completion": [0.79],
        "local_starts_at": [datetime(2025, 10, 1, 9, 30)],  # noqa: DTZ001 -- by the event's clock
    }
)


def opened(*sheets: Sheet) -> Workbook:
    return openpyxl.load_workbook(io.BytesIO(workbook.as_xlsx(sheets, SUMMIT)))


def cells(book: Workbook, sheet: str) -> list[tuple[object, ...]]:
    return list(book[sheet].iter_rows(values_only=True))


def test_numbers_shares_and_times_are_what_they_are() -> None:
    """Each is a value to compute with, and looks as on the page."""
    book = opened(Sheet("sessions", KEYNOTE, COLUMNS))

    assert cells(book, "Sessions") == [
        ("Session", "Attendees", "Minutes", "Completion", "Start"),
        ("Keynote", 1234, 75.25, 0.79, datetime(2025, 10, 1, 9, 30)),  # noqa: DTZ001 -- Excel knows no zones
    ]
    assert [cell.number_format for cell in book["Sessions"][2]] == [
        "General",
        "#,##0",
        "#,##0.0",
        "0.0%",
        "yyyy-mm-dd hh:mm",
    ]


def test_the_heading_stays_and_the_rows_can_be_filtered() -> None:
    book = opened(Sheet("sessions", KEYNOTE, COLUMNS))

    assert book["Sessions"].freeze_panes == "A2"
    assert book["Sessions"].auto_filter.ref == "A1:E2"


def test_a_sheet_says_where_the_tables_come_from_and_what_they_mean() -> None:
    """As the page says of a column, else in plain words, else as the table dictionary does."""
    about = cells(opened(Sheet("sessions", KEYNOTE, COLUMNS)), "About")

    assert [row[:2] for row in about[:6]] == [
        ("Event", "Summit"),
        ("Event id", "summit"),
        ("Days", "1 October 2025"),
        ("Times", "Europe/Berlin"),
        ("Filters", "Tag: AI"),
        ("As of", "2025-11-01 13:30"),
    ]
    meanings = {row[1]: row[2] for row in about[7:]}
    assert meanings["Completion"] == columns.COMPLETION_MEANING
    assert meanings["Minutes"] == "All minutes spent."


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "{=1}", "https://example.com", "0123", "a\x00b"])
def test_no_text_becomes_a_formula_a_link_or_a_number(text: str) -> None:
    cell = opened(Sheet("answer", pl.DataFrame({text: [text]}), {}))["Answer"]["A2"]

    assert cell.data_type == "s"
    assert cell.hyperlink is None
    assert cell.value.replace("_x0000_", "\x00") == text


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (float("nan"), "nan"),
        (float("inf"), "inf"),
        (2**60, str(2**60)),
        (date(1815, 12, 10), "1815-12-10"),
        ([1, 2], "[1, 2]"),
        ("x" * 40_000, "x" * 32_767),
    ],
    ids=["nan", "inf", "long", "old", "list", "text"],
)
def test_what_excel_does_not_have_is_text(value: object, written: str) -> None:
    assert cells(opened(Sheet("answer", pl.DataFrame({"a": [value]}), {})), "Answer") == [("a",), (written,)]


def test_an_instant_is_a_time_by_the_events_clock() -> None:
    frame = pl.DataFrame({"at": [datetime(2025, 10, 1, 23, tzinfo=UTC)]})

    assert cells(opened(Sheet("answer", frame, {})), "Answer")[1] == (datetime(2025, 10, 2, 1),)  # noqa: DTZ001 -- Excel knows no zones


def test_a_table_without_rows_or_columns_is_a_sheet() -> None:
    assert cells(opened(Sheet("answer", pl.DataFrame({"a": []}), {})), "Answer") == [("a",)]
    assert "Answer" in opened(Sheet("answer", pl.DataFrame(), {})).sheetnames
