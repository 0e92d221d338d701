"""Figures and foreign text in sentences: numbers written alike, and no markup from data."""

import re
from bisect import bisect_left
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from itertools import accumulate
from typing import Literal
from unicodedata import east_asian_width

WHOLE_FROM = 10  # smaller numbers keep a decimal
# Between a number and its unit, which belong on one line.
NO_BREAK = "\N{NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"
# What one of Zuddl's own words is called where it is no plain word.
_NAMES = {"API": "API", "CSV": "CSV", "SSO": "SSO", "ZUDDL": "Zuddl"}
# Runs of blanks and line breaks, but for those that hold a number and its unit together.
_BLANKS = re.compile(rf"[^\S{NO_BREAK}]+")
# Whatever may mean something to Markdown, with Streamlit's colours, icons and formulas.
_MARKUP = re.compile(r"([!-/:-@\[-`{-~])")


def plain(text: str, max_length: int = 120) -> str:
    """Text from data, for a place that reads Markdown: one line of it, shown as it is."""
    line = _BLANKS.sub(" ", text).strip()
    shortened = line if len(line) <= max_length else line[: max_length - 1] + "…"
    return _MARKUP.sub(r"\\\1", shortened)


def shortened(text: str, most: int) -> str:
    """One line of the text, as wide as so many Latin letters: a Chinese or Japanese one is as wide as two."""
    line = _BLANKS.sub(" ", text).strip()
    ends = list(accumulate(2 if east_asian_width(letter) in "WF" else 1 for letter in line))
    return line if not ends or ends[-1] <= most else f"{line[: bisect_left(ends, most)].rstrip()}…"


def rounded(number: float) -> float:
    """The number with one decimal, halves away from zero: as SQL's `round(number, 1)`, unlike Python's formats."""
    return int(Decimal(number * 10).quantize(Decimal(1), ROUND_HALF_UP)) / 10


def decimal(number: float) -> str:
    """A number of minutes, or a mean: one decimal, none where it would be zero."""
    return f"{rounded(number):,.1f}".removesuffix(".0")


def hours(minutes: float) -> str:
    """Minutes as hours, as people say them: `1,747 h`, and `4.9 h` below ten."""
    return f"{_whole_from_ten(minutes / 60)}{NO_BREAK}h"


def duration(minutes: float) -> str:
    """Minutes as hours and whole minutes: `4 h 51 min`, `51 min`, `5 h`."""
    full_hours, rest = divmod(_whole(minutes), 60)
    parts = [f"{full_hours:,}{NO_BREAK}h"] if full_hours else []
    if rest or not full_hours:
        parts.append(f"{rest}{NO_BREAK}min")
    return NO_BREAK.join(parts)


def percent(share: float | None) -> str | None:
    """A share from 0 to 1 in percent: `79 %`, and `4.9 %` below ten; None where there is none."""
    return None if share is None else f"{_whole_from_ten(100 * share)}{NO_BREAK}%"


def growth(now: float, before: float) -> str | None:
    """The change of an amount, in percent of what it was: `+6.3 %`; None where it was zero."""
    return f"{_signed(100 * (now / before - 1))}{NO_BREAK}%" if before else None


def points(now: float, before: float) -> str:
    """The change of a share from 0 to 1, in percentage points: `+2.2 points`, `+1 point`."""
    written = _signed(100 * (now - before))
    return f"{written} {'point' if written.lstrip(f'+{MINUS}') == '1' else 'points'}"


def arrow(change: str | None) -> Literal["up", "down", "off"]:
    """Where the arrow beside a change points that `growth` or `points` has written. Streamlit knows no minus sign."""
    if change is None or change.startswith("0"):
        return "off"
    return "down" if change.startswith(MINUS) else "up"


def count(number: float, one: str) -> str:
    """A number with its noun, given in the singular."""
    written = decimal(number)
    return f"{written} {one if written == '1' else one + 's'}"


def listing(names: Sequence[str], most: int) -> str:
    """So many names, and how many more there are."""
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def from_code(code: str) -> str:
    """One of Zuddl's own words as people write it: `In person` for `IN_PERSON`. Other text stays as it is."""
    if not re.fullmatch("[A-Z]+(_[A-Z]+)*", code):
        return code
    words = " ".join(_NAMES.get(word, word.lower()) for word in code.split("_"))
    return words[0].upper() + words[1:]


def _signed(number: float) -> str:
    written = decimal(abs(number))
    return written if written == "0" else f"{MINUS if number < 0 else '+'}{written}"


def _whole(number: float) -> int:
    """The nearest whole number, halves away from zero."""
    return int(Decimal(number).quantize(Decimal(1), ROUND_HALF_UP))


def _whole_from_ten(number: float) -> str:
    """A whole number; below ten with one decimal, since there it matters."""
    return decimal(number) if rounded(number) < WHOLE_FROM else f"{_whole(number):,}"
