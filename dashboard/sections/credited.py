"""The page about speakers, and the one about tags: minutes in full or in split credit."""

import polars as pl
import streamlit as st

from dashboard import address
from dashboard.data import View
from dashboard.display import chart, columns, pickers, tables
from dashboard.display.text import decimal, plain
from dashboard.queries import credited
from dashboard.queries.credited import Kind
from dashboard.queries.sessions import sessions
from dashboard.sections import audience


def show(view: View, kind: Kind) -> None:
    """Draw the ranking and its table; or, of one speaker or tag, the sessions and the audience."""
    what = kind.name.lower()
    ranked = credited.ranking(view, kind)
    names = dict(ranked.select("part", "name").iter_rows())
    part = pickers.one_or_all(what, names)
    if part is None:
        _show_all(view, kind)
    else:
        _show_one(view, kind, names[part], part)


def _show_all(view: View, kind: Kind) -> None:
    what, credit = kind.name.lower(), view.filters.credit
    ranked = credited.ranking_with_attendees(view, kind)
    st.subheader(f"Minutes spent, in {credit} credit")
    credited_minutes, minutes_spent = float(ranked["minutes"].sum()), float(sessions(view)["total_minutes"].sum())
    if credit == "split":
        st.caption(f"Split credit: the column adds up to the {decimal(minutes_spent)} minutes spent in all.")
    elif credited_minutes > minutes_spent:
        st.info(
            f"Full credit gives every {what} of a session all of its minutes, so the column adds up to "
            f"{decimal(credited_minutes)} minutes, more than the {decimal(minutes_spent)} minutes spent in all."
        )
    title = f"Minutes by {what}, in {credit} credit"
    chart.show_ranking(ranked, "name", "minutes", what=f"{what}s", name=f"{what}s-ranked", title=title)

    def show_row(position: int) -> None:
        address.show(ranked["part"][position])

    st.subheader(f"All {what}s")
    st.caption(f"Choose a row to see the {what}'s sessions and audience.")
    tables.show(
        ranked,
        {
            "name": columns.name(what.capitalize()),
            "minutes": columns.minutes(f"Minutes ({credit} credit)"),
            "session_count": columns.SESSIONS,
            "attendee_count": columns.ATTENDEES,
            "mean_minutes_per_attendee": columns.minutes(
                "Minutes per attendee", "All the minutes of their sessions, whatever the credit."
            ),
        },
        name=f"{what}s",
        alt=f"Time spent, by {what}",
        choose=show_row,
    )


def _show_one(view: View, kind: Kind, name: str, part: str) -> None:
    what, credit = kind.name.lower(), view.filters.credit
    st.header(plain(name))
    st.subheader("Sessions")
    its_sessions = credited.sessions_shared(view, kind).filter(pl.col("part") == part)
    if credit == "split":
        st.caption(f"Split credit: a session's minutes are divided equally among its {what}s.")
    else:
        st.caption(f"Full credit: each session counts with all of its minutes, even if it has several {what}s.")
    title = f"{name}: minutes by session, in {credit} credit"
    chart.show_ranking(
        its_sessions, "session", "minutes", what="sessions", name=f"sessions-of-{what}-ranked", title=title
    )
    tables.show(
        its_sessions,
        {
            "session": columns.name("Session"),
            "minutes": columns.minutes(f"Minutes ({credit} credit)"),
            "attendee_count": columns.ATTENDEES,
            "mean_completion": columns.COMPLETION,
            "event": columns.EVENT,
        },
        name=f"sessions-of-{what}",
        alt=f"Sessions of this {what}",
    )
    st.subheader("Audience")
    audience.show(view, its_sessions["session_key"].to_list(), ("industry", "country", "company"), whose=name)
