"""Tables as CSV and Parquet, and masked payloads."""

import io
import json
from datetime import UTC, datetime

import polars as pl
import pytest

from dashboard.display import exports
from dashboard.redaction import redacted
from tests.dashboard.rows import SUMMIT


def test_no_cell_and_no_heading_of_a_csv_is_a_formula() -> None:
    """Text that looks like a formula gets an apostrophe; numbers stay numbers."""
    frame = pl.DataFrame({"=cmd": ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "a=b", None], "n": [-1.5] * 8})

    lines = exports.as_csv(frame).decode("utf-8-sig").split("\n")

    assert lines[0] == "'=cmd,n"
    assert [line.removesuffix(",-1.5") for line in lines[1:-1]] == [
        "'=1+1",
        "'+1",
        "'-1",
        "'@x",
        "'\tx",
        '"\'\rx"',
        "a=b",
        "",
    ]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("\uff1d1+1", "'\uff1d1+1"),
        ("\uff0b1", "'\uff0b1"),
        ("\uff0d1", "'\uff0d1"),
        ("\uff20x", "'\uff20x"),
        ("\ufe661", "'\ufe661"),
        ("\n=1+1", "\"'\n'=1+1\""),
        ("\r\n =1+1", "\"'\r\n' =1+1\""),
        (" =1+1", "' =1+1"),
        ("\u00a0=1+1", "'\u00a0=1+1"),
        ("\ufeff=1+1", "'\ufeff=1+1"),
        ("\u200b=1+1", "'\u200b=1+1"),
        ("\x00=1+1", "'\x00=1+1"),
        ("a;=1+1", "a;'=1+1"),
        ("a; +1;=2", "a;' +1;'=2"),
        ("a\t=1+1", "a\t'=1+1"),
        ("a\n=1+1", '"a\n\'=1+1"'),
        ("a; b = c, d-e", '"a; b = c, d-e"'),
    ],
)
@pytest.mark.parametrize("dtype", [pl.String, pl.Categorical])
def test_no_spelling_of_a_formula_reaches_a_spreadsheet(text: str, written: str, dtype: type[pl.DataType]) -> None:
    """Wide and small signs, what a spreadsheet drops before a sign, and where it starts a cell of its own."""
    frame = pl.DataFrame({text: pl.Series([text], dtype=dtype)})

    assert exports.as_csv(frame).decode("utf-8-sig") == f"{written}\n{written}\n"


def test_a_csv_takes_an_enum_as_text() -> None:
    """Its categories may look like formulas."""
    frame = pl.DataFrame({"e": pl.Series(["=a", None], dtype=pl.Enum(["=a"]))})

    assert exports.as_csv(frame).decode("utf-8-sig") == "e\n'=a\n\n"


def test_columns_that_differ_by_an_apostrophe_stay_apart() -> None:
    """Both names are written alike, which CSV allows."""
    assert exports.as_csv(pl.DataFrame({"=a": [1], "'=a": [2]})).decode("utf-8-sig") == "'=a,'=a\n1,2\n"


def test_a_csv_takes_lists_as_text() -> None:
    """A visitor's query may answer with lists."""
    assert exports.as_csv(pl.DataFrame({"l": [["=a"], None]})).decode("utf-8-sig") == "l\n['=a']\n\n"


def test_a_csv_holds_times_by_the_events_clock_as_spreadsheets_read_them() -> None:
    frame = pl.DataFrame({"local": [datetime(2025, 10, 1, 9, 30)], "at": [datetime(2025, 10, 1, 23, tzinfo=UTC)]})  # noqa: DTZ001 -- a clock on a wall

    assert exports.as_csv(frame, "Europe/Berlin").decode("utf-8-sig") == (
        "local,at\n2025-10-01 09:30:00,2025-10-02 01:00:00\n"
    )


def test_parquet_holds_the_rows_as_they_are() -> None:
    """Nothing is quoted or rounded."""
    frame = pl.DataFrame({"name": ["=1+1"], "minutes": [1 / 3]})

    assert pl.read_parquet(io.BytesIO(exports.as_parquet(frame, SUMMIT))).equals(frame)


def test_parquet_says_what_it_is_in_its_metadata() -> None:
    metadata = pl.read_parquet_metadata(io.BytesIO(exports.as_parquet(pl.DataFrame({"n": [1]}), SUMMIT)))

    assert metadata | SUMMIT.facts == metadata
    assert metadata["Filters"] == "Tag: AI"


def test_a_redacted_payload_keeps_its_structure_and_nobody() -> None:
    """Ids, times and minutes stay; names, addresses and unknown fields are masked."""
    payload = {
        "action": "TIME_SPENT_IN_SESSION",
        "actor": {"id": "a1", "ada@example.com": 1},
        "registration": {"id": "r1", "profile": {"firstName": "Ada", "email": "ada@example.com", "phoneNumber": 4930}},
        "session": {"title": "Talk", "tags": ["AI"], "speakers": [{"speakerId": "p1", "url": "https://x.example/ada"}]},
        "timeSpentInMinutes": "twelve",
        "location": None,
    }

    shown = json.loads(redacted(json.dumps(payload)))

    assert shown == {
        "action": "TIME_SPENT_IN_SESSION",
        "actor": {"id": "a1", "•••": "•••"},
        "registration": {"id": "r1", "profile": {"firstName": "•••", "email": "•••", "phoneNumber": "•••"}},
        "session": {"title": "Talk", "tags": ["AI"], "speakers": [{"speakerId": "p1", "url": "•••"}]},
        "timeSpentInMinutes": "twelve",
        "location": None,
    }


def test_of_text_that_is_not_json_only_the_length_is_shown() -> None:
    """The text may contain a mail address."""
    assert redacted("ada@example.com") == "(not JSON: 15 characters, not shown)"
    assert redacted("[" * 100_000).startswith("(not JSON")
