"""The pages about speakers, tags and sponsors: one computation, in full or in split credit."""

from typing import Any

import polars as pl
import streamlit as st

from dashboard import address
from dashboard.data import View
from dashboard.display import about, bars, columns, detail, pickers, tables
from dashboard.display.text import arrow, hours, percent, plain, points
from dashboard.queries import credited, overview
from dashboard.queries.audience import of_whole_event
from dashboard.queries.credited import Kind
from dashboard.sections import audience

PER_ATTENDEE_MEANING = "All the time in their sessions by the attendees of these sessions, whatever the credit."

WHOLE_MEANING = "All is the whole event: filters on people apply, those on sessions and minutes do not."


def show(view: View, kind: Kind) -> str | None:
    """Draw the ranking; or, of one speaker, tag or sponsor, the sessions and the audience. Returns its id then."""
    detail.go()
    ranked = credited.ranking_with_attendees(view, kind)
    by_part = {row["part"]: row for row in ranked.iter_rows(named=True)}
    part = pickers.one_or_all(kind.name.lower(), {part: row["name"] for part, row in by_part.items()})
    if part is None:
        _show_all(view, kind, ranked)
    else:
        _show_one(view, kind, by_part[part])
    return part


def _show_all(view: View, kind: Kind, ranked: pl.DataFrame) -> None:
    what = kind.name.lower()
    ids = ranked["part"].to_list()
    shown = ranked.with_columns(hours=pl.col("minutes") / 60)
    said = _credit(view, what, ranked)
    st.caption(f"{said} Choose a row to see the {what}'s sessions and audience.")
    if kind is not Kind.TAG and set(ids) & set(ranked["name"]) - {kind.value[2]}:
        st.caption(
            f"Zuddl sends no names of {what}s: they come from the file {what}s.csv. Without it, an id stands here."
        )
    tables.show(
        shown,
        {
            "name": columns.name(what.capitalize()),
            "hours": bars.amount(f"Hours ({view.filters.credit} credit)", shown["hours"]),
            "attendee_count": bars.count("Attendees", shown["attendee_count"]),
            "session_count": columns.SESSIONS,
            "mean_minutes_per_attendee": columns.minutes("Minutes per attendee", PER_ATTENDEE_MEANING),
            "mean_completion": bars.share("Completion", columns.COMPLETION_MEANING),
        },
        name=f"{what}s",
        alt=f"Time spent, by {what}",
        choose=lambda position: address.show(ids[position]),
    )


def _credit(view: View, what: str, ranked: pl.DataFrame) -> str:
    """What the credit means, where it matters: where a session has several."""
    credited_minutes, total_minutes = float(ranked["minutes"].sum()), overview.totals(view)["total_minutes"]
    if view.filters.credit == "split":
        return (
            f"Split credit: the minutes of a session are divided equally among its {what}s, "
            f"so the column adds up to the {hours(total_minutes)} spent in all."
        )
    if credited_minutes > total_minutes:
        return (
            f"Full credit: each {what} of a session gets all of its minutes, so the column adds up to "
            f"{hours(credited_minutes)}, more than the {hours(total_minutes)} spent in all."
        )
    return ""


def _show_one(view: View, kind: Kind, one: dict[str, Any]) -> None:
    what = kind.name.lower()
    about.narrow(one["name"])
    st.subheader(plain(one["name"]))
    _figures(view, one)
    its_sessions = credited.sessions_shared(view, kind).filter(pl.col("part") == one["part"])
    if (its_sessions["share"] < 1).any():
        split = f"Split credit: a session's minutes are divided equally among its {what}s."
        full = f"Full credit: a session counts with all of its minutes, also where it has several {what}s."
        st.caption(split if view.filters.credit == "split" else full)
    shown = its_sessions.with_columns(hours=pl.col("minutes") / 60)
    with st.container(border=True):
        st.markdown("**Sessions**")
        tables.show(
            shown,
            {
                "session": columns.name("Session"),
                "hours": bars.amount(f"Hours ({view.filters.credit} credit)", shown["hours"]),
                "attendee_count": bars.count("Attendees", shown["attendee_count"]),
                "mean_completion": bars.share("Completion", columns.COMPLETION_MEANING),
                "full_stay_rate": columns.share("Stayed to the end", columns.FULL_STAY_MEANING),
                "local_starts_at": columns.local("Start"),
                "location_name": columns.text("Room"),
            },
            name=f"sessions-of-{what}",
            alt=f"Sessions of this {what}",
            whose=one["name"],
            choose=detail.opens("sessions", shown["session_id"].to_list()),
            more=columns.SESSION_ID,
        )
    st.subheader("Audience")
    by = ("company", "industry", "country", "designation")
    audience.show(view, its_sessions["session_key"].to_list(), by, whose=one["name"])


def _figures(view: View, one: dict[str, Any]) -> None:
    """Time, reach and completion, each against all sessions of the event, under the same filters on people."""
    every = overview.totals(of_whole_event(view))
    completion, average = one["mean_completion"], every["mean_completion"]
    against = None if completion is None else points(completion, average)
    share = one["minutes"] / every["total_minutes"] if every["total_minutes"] else None
    with st.container(key="figures"):
        st.metric(f"Time ({view.filters.credit} credit)", hours(one["minutes"]), border=True, height="stretch")
        st.metric("Share of all time", percent(share), border=True, height="stretch", help=WHOLE_MEANING)
        st.metric("Attendees", f"{one['attendee_count']:,}", border=True, height="stretch")
        st.metric(
            "Reach",
            percent(one["attendee_count"] / every["attendee_count"]),
            border=True,
            height="stretch",
            help=f"Share of all attendees who were in at least one of these sessions. {WHOLE_MEANING}",
        )
        st.metric(
            "Completion",
            percent(completion),
            against,
            delta_arrow=arrow(against),
            border=True,
            height="stretch",
            help=f"{columns.COMPLETION_MEANING} Below it, the difference to all sessions of the event.",
        )
