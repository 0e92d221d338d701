"""Figures and foreign text in sentences: numbers written alike, and no markup from data."""

import re
from decimal import ROUND_HALF_UP, Decimal

# Whatever may mean something to Markdown, with Streamlit's colours, icons and formulas.
_MARKUP = re.compile(r"([!-/:-@\[-`{-~])")


def plain(text: str, max_length: int = 120) -> str:
    """Text from data, for a place that reads Markdown: one line of it, shown as it is."""
    line = " ".join(text.split())
    shortened = line if len(line) <= max_length else line[: max_length - 1] + "…"
    return _MARKUP.sub(r"\\\1", shortened)


def rounded(number: float) -> float:
    """The number with one decimal, halves away from zero: as SQL's `round(number, 1)`, unlike Python's formats."""
    return int(Decimal(number * 10).quantize(Decimal(1), ROUND_HALF_UP)) / 10


def decimal(number: float) -> str:
    """A number of minutes, or a mean: one decimal, none where it would be zero."""
    return f"{rounded(number):,.1f}".removesuffix(".0")


def hours(minutes: float) -> str:
    """Minutes as hours."""
    return decimal(minutes / 60)


def percent(share: float | None) -> str | None:
    """A share from 0 to 1 in percent, one decimal; None where there is none."""
    return None if share is None else f"{rounded(100 * share):.1f}%"


def count(number: float, one: str) -> str:
    """A number with its noun, given in the singular."""
    written = decimal(number)
    return f"{written} {one if written == '1' else one + 's'}"
