"""Reading: blanks, instants, minutes and ids, as the contract with the sender states them."""

import sys
from collections.abc import Callable, Iterator
from typing import Any

import duckdb
import polars as pl
import pytest

from warehouse.blanks import BLANKS
from warehouse.staging.parse import SETTINGS
from warehouse.staging.reading import MACROS

Read = Callable[[str, object], Any]


@pytest.fixture(scope="module")
def read() -> Iterator[Read]:
    """What a macro makes of a text; times as DuckDB writes them."""
    with duckdb.connect() as connection:
        connection.execute(SETTINGS)
        connection.execute(MACROS)
        connection.execute("CREATE TEMP MACRO written_time(text) AS time_or_null(text)::VARCHAR")

        def run(macro: str, text: object) -> Any:  # noqa: ANN401 -- a text or a number
            [(value,)] = connection.execute(f"SELECT {macro}(?)", [text]).fetchall()
            return value

        yield run


def test_blanks_are_what_polars_strips_of_all_unicode(read: Read) -> None:
    everything = [chr(n) for n in range(sys.maxunicode + 1) if not 0xD800 <= n <= 0xDFFF]
    stripped = pl.Series(everything).str.strip_chars() == ""
    assert "".join(pl.Series(everything).filter(stripped)) == BLANKS
    assert read("trimmed", f"{BLANKS}a b{BLANKS}") == "a b"


@pytest.mark.parametrize(
    ("text", "expected"),
    [(blank, None) for blank in ("", *BLANKS, BLANKS)]
    + [(text, text) for text in ("\u200b", "\x1c", "\x00", " a ", "\xa0é", "0")],
    ids=repr,
)
def test_blank_text_is_absent_and_any_other_stays_as_it_is(text: str, expected: str | None, read: Read) -> None:
    assert [read(macro, text) for macro in ("unless_blank", "text_or_null", "id_or_null")] == [expected] * 3


NINE = "2025-09-18 09:00:00+00"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025-09-18T09:00:00Z", NINE),
        ("2025-09-18T09:00:00.5Z", "2025-09-18 09:00:00.5+00"),
        ("2025-09-18T09:00:00.123456Z", "2025-09-18 09:00:00.123456+00"),
        ("2025-09-18T09:00:00.123456789Z", "2025-09-18 09:00:00.123456+00"),
        (f"2025-09-18T09:00:00.123456{'7' * 400}Z", "2025-09-18 09:00:00.123456+00"),
        ("2025-09-18T09:00:00,123Z", "2025-09-18 09:00:00.123+00"),
        ("2025-09-18T09:00Z", NINE),
        ("2025-09-18T09:00", NINE),
        ("2025-09-18t09:00:00z", NINE),
        ("2025-09-18 09:00:00", NINE),
        ("2025-09-18T11:00+02:00", NINE),
        ("2025-09-18T11:00:00+02", NINE),
        ("2025-09-18T11:00:00.0+0200", NINE),
        ("2025-09-18 11:00:00 +02:00", NINE),
        ("2025-09-18T03:30:00-05:30", NINE),
        ("2025-09-18T07:00:00\N{MINUS SIGN}02:00", NINE),
        ("2025-09-19T03:30:00+18:30", NINE),
        ("2025-09-18T09:53:28+00:53:28", NINE),
        ("2025-09-18T11:00+02:00[Europe/Berlin]", NINE),
        ("2025-09-18T09:00:00Z[UTC][u-ca=iso8601]", NINE),
        ("2025-09-18T09:00[Europe/Berlin]", NINE),
        ("20250918T090000Z", NINE),
        ("20250918T0900Z", NINE),
        ("20250918T110000,000+0200", NINE),
        ("20250918 090000", NINE),
        ("\xa02025-09-18T09:00:00Z\n", NINE),
        ("2025-09-18", "2025-09-18 00:00:00+00"),
        ("20250918", "2025-09-18 00:00:00+00"),
        ("2025-09-17T24:00:00Z", "2025-09-18 00:00:00+00"),
        ("2016-12-31T23:59:60Z", "2017-01-01 00:00:00+00"),
        ("1758186000", NINE),
        ("1758186000000", NINE),
        ("1758186000.0", NINE),
        ("1758186000.25", "2025-09-18 09:00:00.25+00"),
        ("1758186000123", "2025-09-18 09:00:00.123+00"),
        ("1900-01-01T00:00:00Z", "1900-01-01 00:00:00+00"),
        ("1899-12-31T23:00:00-01:00", "1900-01-01 00:00:00+00"),
        ("2199-12-31T23:59:59.999999Z", "2199-12-31 23:59:59.999999+00"),
    ],
)
def test_an_instant_is_read_in_every_common_form(text: str, expected: str, read: Read) -> None:
    assert read("written_time", text) == expected


@pytest.mark.parametrize(
    "text",
    [
        *("0001-01-01T00:00:00Z", "1899-12-31T23:59:59Z", "1900-01-01T00:00:00+00:01", "9999-12-31T23:59:59Z"),
        *("2200-01-01T00:00:00Z", "2199-12-31T23:59:59-00:01", "9999999999", "9999999999999", "99999-01-01", "0"),
        *("175818600", "17581860000", "-1758186000", "1.758186e9", "infinity", "epoch", "now", "soon", "NaN", "true"),
        *("2025-13-01T00:00:00Z", "2025-02-29T09:00:00Z", "2025-09-18T25:00:00Z", "2025-09-18T24:01:00Z"),
        *("2025-09-18T09:60:00Z", "2025-09-18T09:00:61Z", "2025-09-18T09:00:00+24:00", "2025-09-18T09:00:00+02:60"),
        *("2025-09-18T09:00:00ZZ", "2025-09-18T09:00:00Z\n2025", "2025-09-18T", "2025-09-18T09", "2025-09"),
        *("2025-W38-4", "2025-261", "18.09.2025", "09/18/2025", "2025-9-8 9:00", "2025-09-18 09:00 Europe/Berlin"),
        *("Thu, 18 Sep 2025 09:00:00 GMT", "٢٠٢٥-09-18T09:00:00Z", '{"seconds":1758186000}'),
    ],
)
def test_what_is_no_instant_from_1900_to_2199_is_null(text: str, read: Read) -> None:
    assert read("time_or_null", text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *(("0", 0.0), ("38", 38.0), ("38.5", 38.5), ("3.8e1", 38.0), ("38.0", 38.0), ("527040", 527_040.0)),
        *(("527040.001", None), ("527041", None), ("1e308", None), ("1e999", None), ("-1", None), ("-0.5", None)),
        *((" 38 ", 38.0), ("\xa038\u3000", 38.0), ("38,5", None), ("1_000", None), ("0x10", None), ("38 min", None)),
        *(("NaN", None), ("Infinity", None), ("true", None), ("seven", None), ("", None), ("٣٨", None)),
    ],
)
def test_minutes_are_a_number_up_to_a_leap_year(text: str, expected: float | None, read: Read) -> None:
    assert read("minutes_or_null", text) == expected


@pytest.mark.parametrize("macro", ["minutes_or_null", "number_or_null"])
def test_minus_zero_is_zero(macro: str, read: Read) -> None:
    assert str(read(macro, "-0.0")) == "0.0"


@pytest.mark.parametrize("letter", ["x", "é", "😀"])
def test_of_a_text_the_first_1000_characters_count(letter: str, read: Read) -> None:
    assert read("text_or_null", letter * 1_000) == letter * 1_000
    assert read("text_or_null", letter * 1_001) == letter * 1_000


@pytest.mark.parametrize("letter", ["x", "é", "😀"])
def test_an_id_of_more_than_1000_characters_is_not_read(letter: str, read: Read) -> None:
    assert read("id_or_null", letter * 1_000) == letter * 1_000
    assert read("id_or_null", letter * 1_001) is None
