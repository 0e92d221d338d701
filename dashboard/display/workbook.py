"""Tables as an Excel file, each on a sheet, with a sheet that says where they come from and what their columns mean.

XlsxWriter writes row by row: 100,000 attendees with 13 columns take 50 MB of memory, where polars' `write_excel`, which
hands it whole columns, takes 430 MB, in the same time.
"""

import io
import math
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

import polars as pl
import xlsxwriter
from streamlit.elements.lib.column_types import ColumnConfig
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from dashboard.display import columns as formats
from dashboard.display.exports import on_the_clock
from dashboard.provenance import Provenance
from warehouse.schema import MARTS

# What Excel can hold. Beyond 15 digits it would change a number, so such a number is written as text.
MAX_ROWS, MAX_TEXT, MAX_NUMBER, FIRST_YEAR = 1_048_575, 32_767, 10**15, 1900
MIN_WIDTH, MAX_WIDTH = 10, 50  # of a column, in characters
ROWS_MEASURED = 200
TIME, DATE, COUNT, DECIMAL, PERCENT = "yyyy-mm-dd hh:mm", "yyyy-mm-dd", "#,##0", "#,##0.0", "0.0%"
HEADER = {"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"}


class Sheet(NamedTuple):
    """A table: its name, its rows, and its columns with their labels and formats; one without is named as in SQL."""

    name: str
    frame: pl.DataFrame
    columns: Mapping[str, ColumnConfig]

    @property
    def title(self) -> str:
        """The name of the sheet."""
        return self.name.replace("-", " ").capitalize()[:31]

    def label(self, column: str) -> str:
        """What stands above the column."""
        config = self.columns.get(column)
        return str(config["label"]) if config and config.get("label") else column

    def meaning(self, column: str) -> str:
        """What the column holds: as the page says, else in plain words, else as the table dictionary does."""
        config = self.columns.get(column)
        said = config.get("help") if config else None
        return said or PLAIN.get(column) or _DICTIONARY.get(column, "")


# The dictionary is for people who write SQL. These are for all others.
PLAIN = {
    "attendee_count": "People with time in a session.",
    "company": "As the attendee wrote it.",
    "event_id": "Zuddl's id of the event.",
    "mean_minutes": "Minutes spent, on average of the attendees.",
    "mean_minutes_per_attendee": "Minutes spent, on average of the attendees.",
    "mean_sessions_per_attendee": "Sessions visited, on average of the attendees.",
    "registration_id": "Zuddl's id of the registration.",
    "registered_count": "Who attended, or registered and was not deleted or rejected since.",
    "scheduled_minutes": "From the scheduled start to the scheduled end, in minutes.",
    "session_count": "Sessions with time spent.",
    "top_tag": "The topic with most minutes.",
    "total_minutes": "All minutes spent.",
    "visitor_count": "People who joined, or spent time there.",
}
_DICTIONARY = {column.name: column.meaning for table in reversed(MARTS) for column in table.columns}


def as_xlsx(sheets: Sequence[Sheet], about: Provenance) -> bytes:
    """The tables as one workbook. Text is written as text, whatever it looks like; times are on the event's clock."""
    file = io.BytesIO()
    # Rows are written as they come, so only one of them is in memory.
    with xlsxwriter.Workbook(file, {"constant_memory": True}) as book:
        book.set_properties({"title": about.event, "subject": about.sentence})
        header = book.add_format(HEADER)
        for sheet in sheets:
            _write_table(book, book.add_worksheet(sheet.title), sheet, about, header)
        _write_about(book.add_worksheet("About"), sheets, about, header)
    return file.getvalue()


def _write_table(book: xlsxwriter.Workbook, page: Worksheet, sheet: Sheet, about: Provenance, header: Format) -> None:
    frame = on_the_clock(sheet.frame, about.time_zone).head(MAX_ROWS)
    writers = []
    for position, (column, dtype) in enumerate(frame.schema.items()):
        number_format = _number_format(dtype, sheet.columns.get(column))
        look = book.add_format({"num_format": number_format}) if number_format else None
        page.set_column(position, position, _width(frame[column], sheet.label(column)), look)
        writers.append(_writer(page, dtype, look))
    for position, column in enumerate(frame.columns):
        page.write_string(0, position, sheet.label(column), header)
    for row, values in enumerate(frame.iter_rows(), start=1):
        for position, value in enumerate(values):
            if value is not None:
                writers[position](row, position, value)
    page.freeze_panes(1, 0)
    page.autofilter(0, 0, frame.height, max(frame.width - 1, 0))


def _writer(page: Worksheet, dtype: pl.DataType, look: Format | None) -> Callable[[int, int, Any], object]:
    """What writes a value of this type into a cell. A value that Excel does not have is written as text."""

    def text(row: int, column: int, value: object) -> object:
        return page.write_string(row, column, str(value)[:MAX_TEXT])

    def number(row: int, column: int, value: float) -> object:
        if math.isfinite(value) and abs(value) < MAX_NUMBER:
            return page.write_number(row, column, value, look)
        return text(row, column, value)

    def time(row: int, column: int, value: date) -> object:
        if value.year >= FIRST_YEAR:
            return page.write_datetime(row, column, value, look)
        return text(row, column, value)

    def yes_or_no(row: int, column: int, value: bool) -> object:  # noqa: FBT001 -- the cell's value
        return page.write_boolean(row, column, value)

    if dtype == pl.Boolean:
        return yes_or_no
    if dtype.is_numeric():
        return number
    return time if dtype == pl.Date or isinstance(dtype, pl.Datetime) else text


def _number_format(dtype: pl.DataType, config: ColumnConfig | None) -> str | None:
    """How the cells of a column are written: a share in percent, a time as a time; None for text."""
    if isinstance(dtype, pl.Datetime):
        return TIME
    if dtype == pl.Date:
        return DATE
    if not dtype.is_numeric() or config is None:
        return None
    shown = formats.number_format(config) or ""
    if "%%" in shown or shown == "percent":
        return PERCENT
    return COUNT if dtype.is_integer() else DECIMAL


def _width(column: pl.Series, label: str) -> int:
    longest = len(label)
    if column.dtype == pl.String:
        longest = max(longest, *column.head(ROWS_MEASURED).str.len_chars().drop_nulls().to_list(), 0)
    elif isinstance(column.dtype, pl.Datetime):
        longest = max(longest, len(TIME))
    return min(max(longest + 2, MIN_WIDTH), MAX_WIDTH)


def _write_about(page: Worksheet, sheets: Sequence[Sheet], about: Provenance, header: Format) -> None:
    page.set_column(0, 1, 26)
    page.set_column(2, 2, 100)
    row = 0
    for label, fact in about.facts.items():
        page.write_string(row, 0, label, header)
        page.write_string(row, 1, fact)
        row += 1
    for sheet in sheets:
        if sheet.frame.height > MAX_ROWS:
            page.write_string(row, 0, sheet.title, header)
            page.write_string(row, 1, f"the first {MAX_ROWS:,} of {sheet.frame.height:,} rows: Excel holds no more")
            row += 1
    row += 1
    for position, label in enumerate(("Sheet", "Column", "Meaning")):
        page.write_string(row, position, label, header)
    for sheet in sheets:
        for column in sheet.frame.columns:
            row += 1
            for position, text in enumerate((sheet.title, sheet.label(column), sheet.meaning(column))):
                page.write_string(row, position, text)
