"""All sessions in one table, and one session in detail."""

import polars as pl
import streamlit as st

from dashboard import address
from dashboard.display import bars, columns, detail, pickers, tables
from dashboard.frame.view import current_event, current_view
from dashboard.queries.sessions import with_quantiles
from dashboard.sections import session

detail.go()
view, event = current_view(), current_event()
sessions = with_quantiles(view).with_columns(hours=pl.col("total_minutes") / 60)
by_id = {row["session_id"]: row for row in sessions.iter_rows(named=True)}

st.header("Sessions")
session_id = pickers.one_or_all("session", {part_id: row["session"] for part_id, row in by_id.items()})
if session_id is not None:
    session.show(view, event, by_id[session_id])
    st.stop()


def show_row(position: int) -> None:
    """Show the session of this row."""
    address.show(sessions["session_id"][position])


st.caption(f"Most hours first; a click on a heading sorts. Choose a row to open its session. Times: {event.clock}.")
tables.show(
    sessions,
    {
        "session": columns.name("Session"),
        "attendee_count": bars.count("Attendees", sessions["attendee_count"]),
        "hours": bars.amount("Hours", sessions["hours"], "Time spent in the session by all attendees."),
        "mean_completion": bars.share("Completion", columns.COMPLETION_MEANING),
        "full_stay_rate": bars.share("Stayed to the end", columns.FULL_STAY_MEANING),
        "early_exit_rate": columns.share("Left early", columns.EARLY_EXIT_MEANING),
        "local_starts_at": columns.local("Start"),
        "location_name": columns.text("Room"),
        "mean_minutes": columns.minutes("Mean minutes"),
        "median_minutes": columns.minutes("Median minutes", "Half of the attendees stayed at least this long."),
        "p90_minutes": columns.minutes("90th percentile (minutes)", "One in ten attendees stayed at least this long."),
        "scheduled_minutes": columns.minutes("Scheduled minutes"),
    },
    name="sessions",
    alt="Sessions by hours",
    choose=show_row,
    more=columns.SESSION_ID,
)
