"""Sessions by minutes, attendees or completion; the agenda; and one session."""

import polars as pl
import streamlit as st

from dashboard import address
from dashboard.charts.agenda import agenda
from dashboard.display import chart, columns, pickers, tables
from dashboard.frame.view import current_view
from dashboard.queries.sessions import with_quantiles
from dashboard.sections import session

ORDERS = {"total_minutes": "Minutes", "attendee_count": "Attendees", "mean_completion": "Completion"}

view = current_view()
sessions = with_quantiles(view)
by_id = {row["session_id"]: row for row in sessions.iter_rows(named=True)}

st.header("Sessions")
session_id = pickers.one_or_all("session", {part_id: row["session"] for part_id, row in by_id.items()})
if session_id is not None:
    session.show(view, by_id[session_id])
    st.stop()

column = pickers.one_of("Rank by", ORDERS, key="by")
measure = ORDERS[column].lower()
ranked = sessions.drop_nulls(column).sort(column, "total_minutes", descending=True, maintain_order=True)
if ranked.is_empty():
    st.info("None of these sessions has a scheduled length, so none has a completion.")
else:
    title = f"Sessions by {measure}"
    chart.show_ranking(ranked, "session", column, what="sessions", unit=measure, name="sessions-ranked", title=title)

st.subheader("Agenda")
placed = sessions.filter(pl.col("local_ends_at") > pl.col("local_starts_at"))
if placed.is_empty():
    st.info("None of these sessions has both a start and an end, so there is no agenda.")
else:
    chart.show(agenda(placed.sort("local_starts_at")), name="agenda", title=f"{placed['event'][0]}: agenda")

st.subheader("All sessions")
st.caption("Choose a row to see one session.")


def show_row(position: int) -> None:
    """Show the session of this row."""
    address.show(sessions["session_id"][position])


tables.show(
    sessions,
    {
        "session": columns.name("Session"),
        "total_minutes": columns.MINUTES,
        "event": columns.EVENT,
        "attendee_count": columns.ATTENDEES,
        "mean_minutes": columns.minutes("Mean minutes"),
        "median_minutes": columns.minutes("Median minutes", "Half of the attendees stayed at least this long."),
        "p90_minutes": columns.minutes("90th percentile (minutes)", "One in ten attendees stayed at least this long."),
        "scheduled_minutes": columns.minutes("Scheduled minutes"),
        "mean_completion": columns.COMPLETION,
        "full_stay_rate": columns.share("Stayed to the end", columns.FULL_STAY_MEANING),
        "early_exit_rate": columns.share("Left early", columns.EARLY_EXIT_MEANING),
        "local_starts_at": columns.local("Start"),
        "location_name": columns.text("Location"),
    },
    name="sessions",
    alt="Time spent, by session",
    choose=show_row,
)
