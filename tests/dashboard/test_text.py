"""Figures and foreign text in sentences."""

import duckdb
import pytest

from dashboard.display.text import (
    MINUS,
    arrow,
    count,
    decimal,
    duration,
    from_code,
    growth,
    hours,
    listing,
    percent,
    plain,
    points,
    rounded,
    shortened,
)

NO_BREAK = "\N{NO-BREAK SPACE}"


@pytest.mark.parametrize(
    ("minutes", "written"),
    [
        (60.0, "60"),
        (43.5, "43.5"),
        (43.04, "43"),
        (43.05, "43.1"),
        (0.0, "0"),
        (-0.04, "0"),
        (1234567.0, "1,234,567"),
        (617283.85, "617,283.9"),
    ],
)
def test_minutes_have_one_decimal_unless_it_is_zero(minutes: float, written: str) -> None:
    assert decimal(minutes) == written


@pytest.mark.parametrize(
    ("minutes", "written"),
    [(104_820.0, "1,747 h"), (104_850.0, "1,748 h"), (600.0, "10 h"), (594.0, "9.9 h"), (180.0, "3 h"), (0.0, "0 h")],
)
def test_hours_are_whole_from_ten(minutes: float, written: str) -> None:
    """A no-break space keeps the number and its unit on one line."""
    assert hours(minutes) == written.replace(" ", NO_BREAK)


@pytest.mark.parametrize(
    ("minutes", "written"),
    [(290.8, "4 h 51 min"), (300.0, "5 h"), (51.2, "51 min"), (59.5, "1 h"), (0.0, "0 min"), (90_000.0, "1,500 h")],
)
def test_a_duration_is_said_in_hours_and_minutes(minutes: float, written: str) -> None:
    assert duration(minutes) == written.replace(" ", NO_BREAK)


def test_numbers_are_rounded_as_sql_rounds_them() -> None:
    numbers = [9406.25, 9406.35, 0.15, 0.25, -0.25, -1.05, 2.675, 100.05, 1 / 3, 1e9 + 0.05, 0.0, 1.95]

    sql = duckdb.sql(f"SELECT unnest(list_transform({numbers}::DOUBLE[], lambda x: round(x, 1)))").fetchall()

    assert [(rounded(number),) for number in numbers] == sql


@pytest.mark.parametrize(
    ("share", "written"),
    [(0.0, "0 %"), (2 / 3, "67 %"), (0.0625, "6.3 %"), (0.0996, "10 %"), (1.0, "100 %"), (None, None)],
)
def test_a_share_is_written_in_percent(share: float | None, written: str | None) -> None:
    assert percent(share) == (written and written.replace(" ", NO_BREAK))


@pytest.mark.parametrize(
    ("now", "before", "written"),
    [
        (106.3, 100.0, "+6.3 %"),
        (50.0, 100.0, f"{MINUS}50 %"),
        (99.96, 100.0, "0 %"),
        (7.0, 7.0, "0 %"),
        (7.0, 0.0, None),
    ],
)
def test_a_change_of_an_amount_is_in_percent_of_what_it_was(now: float, before: float, written: str | None) -> None:
    assert growth(now, before) == (written and written.replace(" ", NO_BREAK))


def test_a_change_of_a_share_is_in_points() -> None:
    assert [points(0.79, 0.768), points(0.64, 0.65), points(0.5, 0.5002)] == [
        "+2.2 points",
        f"{MINUS}1 point",
        "0 points",
    ]
    assert points(0.65, 0.64) == "+1 point"


@pytest.mark.parametrize(
    ("change", "direction"),
    [("+1 point", "up"), (f"{MINUS}1 point", "down"), ("0 points", "off"), (None, "off")],
)
def test_the_arrow_beside_a_change_points_as_its_sign(change: str | None, direction: str) -> None:
    assert arrow(change) == direction


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("IN_PERSON", "In person"),
        ("LANDING_PAGE", "Landing page"),
        ("ZUDDL_API", "Zuddl API"),
        ("CSV_UPLOAD", "CSV upload"),
        ("API", "API"),
        ("Early bird", "Early bird"),
        ("(not given)", "(not given)"),
        ("", ""),
    ],
)
def test_words_of_zuddl_are_written_as_people_do(code: str, words: str) -> None:
    assert from_code(code) == words


def test_a_number_stands_with_its_noun() -> None:
    assert [count(number, "hour") for number in (0, 1, 1234, 1.02)] == ["0 hours", "1 hour", "1,234 hours", "1 hour"]


def test_text_from_data_is_one_line_without_markup() -> None:
    """Every sign that could mean something to Markdown is escaped, and long text is cut."""
    assert plain(":red[**x**]\n# $y$") == r"\:red\[\*\*x\*\*\] \# \$y\$"
    assert plain("a" * 200) == "a" * 119 + "…"


@pytest.mark.parametrize(
    ("name", "most", "shown"),
    [
        ("Acme", 4, "Acme"),
        ("Acme GmbH", 6, "Acme…"),
        ("  Two\nlines ", 20, "Two lines"),
        ("日本語の名前", 6, "日本…"),
        ("", 4, ""),
    ],
    ids=["short", "long", "lines", "wide letters", "none"],
)
def test_a_name_is_cut_to_a_width(name: str, most: int, shown: str) -> None:
    """A Chinese or Japanese letter is as wide as two; the dots are within."""
    assert shortened(name, most) == shown


def test_a_long_list_says_how_many_more_there_are() -> None:
    assert listing(["a", "b", "c", "d"], 2) == "a, b and 2 more"
    assert listing(["a", "b"], 2) == "a, b"
