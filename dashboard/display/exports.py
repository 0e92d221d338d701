"""Tables as files that programs read: CSV and Parquet."""

import io
from codecs import BOM_UTF8

import polars as pl

from dashboard.provenance import Provenance

# Spreadsheets read this as a time, wherever they are.
TIME = "%Y-%m-%d %H:%M:%S"

# A spreadsheet takes a cell for a formula that starts with = + - or @, in some countries also with their wide (U+FF..)
# or small (U+FE..) forms. It drops blanks, line breaks and invisible characters before them.
SIGN = r"[=+\-@\x{FF1D}\x{FF0B}\x{FF0D}\x{FF20}\x{FE66}\x{FE62}\x{FE63}\x{FE6B}]"
FORMULA_START = rf"^([\t\r]|[\s\p{{C}}]*{SIGN})"
# Where the comma is the decimal sign, a spreadsheet starts a new cell at a semicolon, also inside of a quoted text.
NEXT_CELL_START = rf"([;\t\r\n])([[\s\p{{C}}]--[\t\r\n]]*{SIGN})"


def as_csv(frame: pl.DataFrame, time_zone: str = "UTC") -> bytes:
    """The table as CSV. Text and column names that look like a formula get an apostrophe in front.

    Times are by the clock of the time zone.
    """
    heading = pl.DataFrame([frame.columns], schema=[str(position) for position in range(frame.width)], orient="row")
    rows = on_the_clock(frame, time_zone)
    rows = rows.with_columns(_as_text(rows[name]) for name, dtype in rows.schema.items() if _is_texts(dtype))
    # The mark tells spreadsheets that it is UTF-8.
    return BOM_UTF8 + b"".join(
        part.with_columns(_disarmed(pl.col(pl.String))).write_csv(include_header=False, datetime_format=TIME).encode()
        for part in (heading, rows)
    )


def on_the_clock(frame: pl.DataFrame, time_zone: str) -> pl.DataFrame:
    """The table with its instants as times by the clock of the zone, which spreadsheets know no other way."""
    instants = [name for name, dtype in frame.schema.items() if isinstance(dtype, pl.Datetime) and dtype.time_zone]
    return frame.with_columns(pl.col(instants).dt.convert_time_zone(time_zone).dt.replace_time_zone(None))


def _is_texts(dtype: pl.DataType) -> bool:
    """Whether the values are or hold text, but not as text: categories, and what CSV does not have."""
    return dtype.is_nested() or dtype in (pl.Binary, pl.Categorical, pl.Enum)


def _as_text(column: pl.Series) -> pl.Series:
    return pl.Series(column.name, [None if v is None else str(v) for v in column.to_list()], dtype=pl.String)


def _disarmed(text: pl.Expr) -> pl.Expr:
    return text.str.replace(FORMULA_START, "'${1}").str.replace_all(NEXT_CELL_START, "${1}'${2}")


def as_parquet(frame: pl.DataFrame, about: Provenance) -> bytes:
    """The table as Parquet, every type as it is. Where it comes from stands in the file's metadata."""
    file = io.BytesIO()
    frame.write_parquet(file, metadata=about.facts)
    return file.getvalue()
