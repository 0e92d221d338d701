"""Tables as files."""

import io

import polars as pl

# A spreadsheet takes a cell that starts like this for a formula.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
BYTE_ORDER_MARK = b"\xef\xbb\xbf"  # tells spreadsheets that it is UTF-8


def as_csv(frame: pl.DataFrame) -> bytes:
    """The table as CSV. Text and column names that look like a formula get an apostrophe in front."""
    # CSV has no lists or maps: they become text.
    nested = [name for name, dtype in frame.schema.items() if dtype.is_nested() or dtype == pl.Binary]
    flat = frame.with_columns(
        pl.Series(name, [None if v is None else str(v) for v in frame[name].to_list()]) for name in nested
    )
    texts = [name for name, dtype in flat.schema.items() if dtype == pl.String]
    disarmed = flat.with_columns(
        pl.when(pl.col(name).str.contains(r"^[=+\-@\t\r]")).then("'" + pl.col(name)).otherwise(pl.col(name)).alias(name)
        for name in texts
    )
    names = {name: f"'{name}" for name in disarmed.columns if name.startswith(FORMULA_STARTS)}
    return BYTE_ORDER_MARK + disarmed.rename(names).write_csv().encode()


def as_parquet(frame: pl.DataFrame) -> bytes:
    """The table as Parquet, every type as it is."""
    file = io.BytesIO()
    frame.write_parquet(file)
    return file.getvalue()
