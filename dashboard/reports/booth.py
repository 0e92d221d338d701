"""What a sponsor's report says of the booth: visitors, and leads by rating."""

from typing import NamedTuple

import polars as pl

from dashboard.data import View
from dashboard.display import columns
from dashboard.display.text import count, decimal, hours
from dashboard.display.workbook import Sheet
from dashboard.queries import exhibitor
from dashboard.reports.definition import Card, Column, Content, Points, Sentence, Table, card

METHOD = (
    "Zuddl does not say whose booth it is, nor at which booth a lead was noted: counted are booths with the sponsor's "
    "name, and leads with the mail address of one of their visitors, whoever noted them. Booths and leads are of the "
    "whole event, whatever the filters."
)


class Booth(NamedTuple):
    """A sponsor's booths, how many of their visitors were in the sponsor's sessions, and the leads among them.

    `in_sessions` is None of a sponsor without sessions.
    """

    booths: pl.DataFrame
    in_sessions: int | None
    leads: pl.DataFrame


def booth(view: View, sponsor_id: str, session_keys: list[int]) -> Booth:
    """The booths with the name of this sponsor, in the view's one event."""
    event_id = view.filters.event_ids[0]
    booths = exhibitor.booths(view, event_id, sponsor_id)
    places = booths["place_id"].to_list()
    return Booth(
        booths=booths,
        in_sessions=exhibitor.visitors_in(view, event_id, places, session_keys) if session_keys else None,
        leads=exhibitor.leads_by_rating(view, event_id, places),
    )


def section(of: Booth) -> Card:
    """The booth as a card of the report."""
    if of.booths.is_empty():
        return card("Booth and leads", Sentence("No booth of the event has this sponsor's name."))
    visitors, minutes = int(of.booths["visitor_count"].sum()), of.booths["total_minutes"].drop_nulls()
    leads = int(of.leads["lead_count"].sum())
    facts = [
        f"{count(visitors, 'visitor')} spent {hours(float(minutes.sum()))} at the booth."
        if minutes.len()
        else f"{count(visitors, 'visitor')} came to the booth. How long they stayed is not known.",
        f"{count(leads, 'lead')} among the visitors.",
    ]
    if of.in_sessions is not None:
        facts.insert(1, f"{count(of.in_sessions, 'visitor')} also came to one of the sponsor's sessions.")
    parts: list[Content] = [Points(facts)]
    if leads:
        ratings = [f"Rated {decimal(rating)}" if rating is not None else "Not rated" for rating in of.leads["rating"]]
        counts = [f"{number:,}" for number in of.leads["lead_count"]]
        rows = list(zip(ratings, counts, strict=True))
        parts.append(Table([Column("Leads"), Column("Number", "number")], rows))
    return card("Booth and leads", *parts)


def sheets(of: Booth) -> list[Sheet]:
    """The booth as sheets of the workbook."""
    booths = {
        "place_name": columns.name("Booth"),
        "visitor_count": columns.count("Visitors"),
        "attendee_count": columns.count("Visitors with minutes", "Visitors whose minutes there are known."),
        "total_minutes": columns.minutes("Minutes", "Of the visitors whose minutes are known."),
        "mean_minutes": columns.minutes("Minutes per visitor", "Of the visitors whose minutes are known."),
    }
    leads = {
        "rating": columns.minutes("Rating", "None where the exhibitor gave none."),
        "lead_count": columns.count("Leads"),
    }
    return [Sheet("booth", of.booths.select(*booths), booths), Sheet("leads", of.leads, leads)]
