"""Figures and foreign text in sentences: numbers written alike, and no markup from data."""

import re

# Whatever may mean something to Markdown, with Streamlit's colours, icons and formulas.
_MARKUP = re.compile(r"([!-/:-@\[-`{-~])")


def plain(text: str, max_length: int = 120) -> str:
    """Text from data, for a place that reads Markdown: one line of it, shown as it is."""
    line = " ".join(text.split())
    shortened = line if len(line) <= max_length else line[: max_length - 1] + "…"
    return _MARKUP.sub(r"\\\1", shortened)


def hours(minutes: float) -> str:
    """Minutes as hours, one decimal."""
    return f"{minutes / 60:,.1f}"


def percent(share: float | None) -> str | None:
    """A share from 0 to 1; None where there is none."""
    return None if share is None else f"{share:.1%}"


def count(number: int, one: str, many: str | None = None) -> str:
    """A number with its noun."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
