"""Tables as files."""

import io
import re

import polars as pl

# A spreadsheet takes a cell that starts like this for a formula.
FORMULA_START = r"^([=+\-@\t\r])"
BYTE_ORDER_MARK = b"\xef\xbb\xbf"  # tells spreadsheets that it is UTF-8


def as_csv(frame: pl.DataFrame) -> bytes:
    """The table as CSV. Text and column names that look like a formula get an apostrophe in front."""
    # CSV has no lists or maps: they become text.
    nested = [name for name, dtype in frame.schema.items() if dtype.is_nested() or dtype == pl.Binary]
    flat = frame.with_columns(
        pl.Series(name, [None if v is None else str(v) for v in frame[name].to_list()]) for name in nested
    )
    disarmed = flat.with_columns(pl.col(pl.String).str.replace(FORMULA_START, "'${1}"))
    named = disarmed.rename(lambda name: re.sub(FORMULA_START, r"'\1", name))
    return BYTE_ORDER_MARK + named.write_csv().encode()


def as_parquet(frame: pl.DataFrame) -> bytes:
    """The table as Parquet, every type as it is."""
    file = io.BytesIO()
    frame.write_parquet(file)
    return file.getvalue()
