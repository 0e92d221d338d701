"""The funnel of one event: from the invitation to the interaction.

Who never came has no attendances, so of the filters only those on people apply: company, industry and country.
"""

from datetime import date
from typing import Any

import polars as pl

from dashboard.data import View
from dashboard.filters import NOT_GIVEN
from dashboard.queries.audience import event_of, people_only
from dashboard.queries.event import event
from dashboard.queries.spellings import of_event, one_name

# Each is the name of a column of `registrations`, with its label.
GROUPS = {"source_type": "Source", "ticket_name": "Ticket", "attendance_type": "Attendance type", "utm_source": "UTM"}
# Those whose values are Zuddl's own words, such as LANDING_PAGE.
CODES = ("source_type", "attendance_type")

COUNTS = """
    count(invited_at) AS invited_count, count(*) FILTER (is_registered) AS registered_count,
    count(*) FILTER (is_attended) AS attended_count, count(*) FILTER (is_in_session) AS session_attendee_count,
    count(*) FILTER (is_interacting) AS interacting_count,
    if(count(is_no_show) > 0, count(*) FILTER (is_no_show), NULL) AS no_show_count,
    count(*) FILTER (is_attended) / nullif(count(*) FILTER (is_registered), 0) AS show_rate
"""
# Days from the registration to the first day of the event, by the clock on the wall: the longest ago first.
LEAD_TIMES = {"12 weeks and more": 84, "4 to 11 weeks": 28, "2 to 3 weeks": 14, "1 week": 7, "1 to 6 days": 1}
LATER = ("During the event", "After the event")


def stages(view: View) -> dict[str, Any]:
    """People at each stage, as in `event_funnel`."""
    return _people(view, f"SELECT {COUNTS} FROM people").row(0, named=True)


def by(view: View, column: str) -> pl.DataFrame:
    """The stages by a column of `GROUPS`: one row per `name`, most registered first."""
    if column not in GROUPS:
        raise ValueError(column)
    return _people(
        view,
        f"""
        SELECT coalesce({column}, '{NOT_GIVEN}') AS name, {COUNTS} FROM people
        GROUP BY name ORDER BY registered_count DESC, name
        """,
    )


def no_shows(view: View) -> pl.DataFrame:
    """One row per company with a no-show: `name, registered_count, no_show_count, no_show_rate`, most no-shows first.

    No rows until the event is over.
    """
    by_spelling = _people(
        view,
        f"""
        SELECT coalesce(company, '{NOT_GIVEN}') AS company, count(*) FILTER (is_registered) AS registered_count,
               count(*) FILTER (is_no_show) AS no_show_count
        FROM people GROUP BY ALL
        """,
    )
    return (
        by_spelling.join(one_name(of_event(view.published, event_of(view))), on="company")
        .group_by("name")
        .agg(pl.col("registered_count", "no_show_count").sum())
        .filter(pl.col("no_show_count") > 0)
        .with_columns(no_show_rate=pl.col("no_show_count") / pl.col("registered_count"))
        .sort("no_show_count", "name", descending=[True, False])
    )


def show_rates(view: View) -> pl.DataFrame:
    """Registered people by how long before the event they registered, the earliest first.

    Columns: `when, registered_count, attended_count, show_rate`. No rows where the start of the event or all
    registration times are unknown.
    """
    steps = " ".join(f"WHEN days >= {days} THEN {at}" for at, days in enumerate(LEAD_TIMES.values()))
    held = event(view.published, event_of(view))
    counted = _people(
        view,
        f"""
        , registered AS (
            SELECT is_attended, timezone(coalesce(time_zone, 'UTC'), registered_at)::DATE AS day,
                   $first_day::DATE - day AS days
            FROM people JOIN events USING (event_id) WHERE is_registered
        )
        SELECT CASE {steps} WHEN day <= $last_day::DATE THEN {len(LEAD_TIMES)} ELSE {len(LEAD_TIMES) + 1} END AS step,
               count(*) AS registered_count, count(*) FILTER (is_attended) AS attended_count,
               attended_count / registered_count AS show_rate
        FROM registered WHERE days IS NOT NULL GROUP BY step ORDER BY step
        """,
        first_day=held.first_day,
        last_day=held.last_day,
    )
    names = pl.Series([*LEAD_TIMES, *LATER])
    return counted.select(pl.col("step").replace_strict(range(len(names)), names).alias("when"), pl.exclude("step"))


def _people(view: View, query: str, **more: date | None) -> pl.DataFrame:
    """Rows of a query on `people`: the event's registrations under the filters on people."""
    condition, parameters = people_only(view, "company", "industry", "country")
    return view.published.rows(
        f"""
        WITH people AS (
            SELECT registrations.*, attendees.registration_id IS NOT NULL AS is_in_session,
                   coalesce(interaction_count, 0) > 0 AS is_interacting
            FROM (FROM registrations WHERE {condition}) AS registrations
            LEFT JOIN attendees USING (event_id, registration_id)
            LEFT JOIN attendee_interactions USING (event_id, registration_id)
        ) {query}
        """,
        **parameters,
        **more,
    )
