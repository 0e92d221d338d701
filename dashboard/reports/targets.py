"""What a sponsor's report says of the target accounts: how many of them it reached, and which."""

import polars as pl

from dashboard.display import columns
from dashboard.display.text import count, hours, listing
from dashboard.display.workbook import Sheet
from dashboard.reports.definition import Card, Column, Content, Figure, Sentence, Table, card, cell

LISTED = 20
METHOD = "A target account is reached when somebody of it was in one of these sessions; spellings do not matter. "


def numbers(of: pl.DataFrame) -> tuple[int, int]:
    """How many of the accounts were reached, and how many were at the event."""
    return _reached(of).height, of.filter(pl.col("event_attendee_count") > 0).height


def figure(of: pl.DataFrame) -> Figure:
    """How many of the accounts were reached."""
    return Figure("Target accounts", f"{_reached(of).height:,}", f"reached of {of.height:,}")


def section(of: pl.DataFrame) -> Card:
    """The accounts as a card of the report."""
    reached = _reached(of)
    elsewhere = of.filter(pl.col("attendee_count") == 0, pl.col("event_attendee_count") > 0)
    absent = of.filter(pl.col("event_attendee_count") == 0)
    parts: list[Content] = []
    if not reached.is_empty():
        numbers = [Column("Attendees", "number"), Column("Hours", "number")]
        rows = [
            (cell(account), f"{attendees:,}", hours(minutes))
            for account, attendees, minutes, _ in reached.head(LISTED).iter_rows()
        ]
        parts.append(Table([Column("Account"), *numbers], rows))
    if reached.height > LISTED:
        parts.append(Sentence(f"And {count(reached.height - LISTED, 'account')} with fewer attendees."))
    for said, some in (("At the event, but not in these sessions", elsewhere), ("Not at the event", absent)):
        if not some.is_empty():
            parts.append(Sentence(f"{said}: {listing([cell(name) for name in some['account'].sort()], LISTED)}."))
    return card(f"Target accounts: {reached.height:,} of {of.height:,} reached", *parts)


def sheet(of: pl.DataFrame) -> Sheet:
    """The accounts as a sheet of the workbook."""
    labels = {
        "account": columns.name("Account"),
        "attendee_count": columns.ATTENDEES,
        "total_minutes": columns.MINUTES,
        "event_attendee_count": columns.count("Attendees of the event"),
    }
    return Sheet("target accounts", of.select(*labels), labels)


def _reached(of: pl.DataFrame) -> pl.DataFrame:
    return of.filter(pl.col("attendee_count") > 0)
