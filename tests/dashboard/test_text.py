"""Figures and foreign text in sentences."""

import duckdb
import pytest

from dashboard.display.text import count, decimal, hours, percent, plain, rounded


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


def test_half_a_tenth_of_an_hour_is_rounded_up() -> None:
    """Python's own formats would round 9,406.25 to the even digit."""
    assert hours(9406.25 * 60) == "9,406.3"


def test_numbers_are_rounded_as_sql_rounds_them() -> None:
    numbers = [9406.25, 9406.35, 0.15, 0.25, -0.25, -1.05, 2.675, 100.05, 1 / 3, 1e9 + 0.05, 0.0, 1.95]

    sql = duckdb.sql(f"SELECT unnest(list_transform({numbers}::DOUBLE[], lambda x: round(x, 1)))").fetchall()

    assert [(rounded(number),) for number in numbers] == sql


@pytest.mark.parametrize(
    ("share", "written"), [(0.0, "0.0%"), (2 / 3, "66.7%"), (0.0625, "6.3%"), (1.0, "100.0%"), (None, None)]
)
def test_a_share_is_written_in_percent(share: float | None, written: str | None) -> None:
    assert percent(share) == written


def test_a_number_stands_with_its_noun() -> None:
    assert [count(number, "hour") for number in (0, 1, 1234, 1.02)] == ["0 hours", "1 hour", "1,234 hours", "1 hour"]


def test_text_from_data_is_one_line_without_markup() -> None:
    """Every sign that could mean something to Markdown is escaped, and long text is cut."""
    assert plain(":red[**x**]\n# $y$") == r"\:red\[\*\*x\*\*\] \# \$y\$"
    assert plain("a" * 200) == "a" * 119 + "…"
