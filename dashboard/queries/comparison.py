"""Events side by side, on rates that do not grow with the size of an event, and who came to more than one.

All events together: rooms and days belong to one event, so those filters do not apply.
"""

from dataclasses import replace

import polars as pl

from dashboard import data
from dashboard.data import View
from dashboard.queries import overview
from dashboard.queries.audience import on_people
from dashboard.queries.event import in_order
from dashboard.queries.whole import MIN_EVENTS

# More can't be read on a screen: the latest ones are compared.
MAX_EVENTS = 12
STEPS = range(0, 101, 5)  # percent of the scheduled time
# By their start; of equal starts, the names decide.
IS_EARLIER = "(earlier.starts_at, earlier.event) < (later.starts_at, later.event)"


def all_events(view: View) -> View:
    """The view of all events, under the filters that mean something in each of them."""
    return view._replace(filters=replace(view.filters, event_ids=(), rooms=(), days=()))


def events(view: View) -> pl.DataFrame:
    """The rows of `overview.events` with `organization_id, starts_at, show_rate`, the earliest first.

    Of the filters, only those on people apply to `show_rate`, attended / registered.
    """
    condition, parameters = on_people(view, "company", "industry", "country")
    shows = view.published.rows(
        f"""
        SELECT event_id, count(*) FILTER (is_attended) / nullif(count(*) FILTER (is_registered), 0) AS show_rate
        FROM registrations WHERE {condition} GROUP BY event_id
        """,
        **parameters,
    )
    return (
        overview.events(view)
        .join(in_order(view.published).drop("event"), on="event_id", how="left")
        .join(shows, on="event_id", how="left")
        .sort("starts_at", "event", nulls_last=False)
    )


def own_median(events: pl.DataFrame, event_id: str, rate: str) -> float | None:
    """The median of a rate over the events of this event's organisation; None of fewer than `MIN_EVENTS`."""
    this = events.filter(event_id=event_id)
    if this.is_empty():
        return None
    rates = events.filter(pl.col("organization_id").eq_missing(this["organization_id"][0]))[rate].drop_nulls()
    median = rates.median() if rates.len() >= MIN_EVENTS else None
    assert median is None or isinstance(median, float)  # noqa: S101 -- of a column of numbers
    return median


def stay_curves(view: View) -> pl.DataFrame:
    """For each event the share of attendances that stayed at least each twentieth of the scheduled time.

    Columns: `event_id, stayed, share`; no rows of an event without a schedule.
    """
    shares = ", ".join(f'avg((completion >= {step} / 100)::INT) AS "{step}"' for step in STEPS)
    wide = view.rows(f"""
        SELECT event_id, {shares}
        FROM attendances_with_completion JOIN keyed_sessions USING (session_key)
        WHERE completion IS NOT NULL GROUP BY event_id
    """)
    return (
        wide.unpivot(index="event_id", variable_name="step", value_name="share")
        .select("event_id", "share", stayed=pl.col("step").cast(pl.Int64) / 100)
        .sort("event_id", "stayed")
    )


def returning(view: View) -> pl.DataFrame:
    """One row per pair of events, the earlier first: how many attendees of the later one were at the earlier one.

    Columns: `earlier, later` with their ids, `both_count, later_count, share`. `actor_id` tells that two registrations
    are the same attendee's; attendances without one are left out. Only the latest `MAX_EVENTS` events with attendances.
    """
    return view.rows(f"""
        , held AS (
            SELECT event_id, event, starts_at
            FROM ({data.EVENT_NAMES}) JOIN ({data.EVENT_STARTS}) USING (event_id)
            WHERE event_id IN (SELECT event_id FROM keyed_sessions SEMI JOIN attendances USING (session_key))
            ORDER BY starts_at DESC NULLS LAST, event LIMIT {MAX_EVENTS}
        ), came AS (
            SELECT DISTINCT event_id, actor_id
            FROM (SELECT DISTINCT attendee_key FROM attendances)
            JOIN keyed_attendees USING (attendee_key) JOIN attendees USING (event_id, registration_id)
            WHERE actor_id IS NOT NULL AND event_id IN (SELECT event_id FROM held)
        ), sizes AS (SELECT event_id, count(*) AS later_count FROM came GROUP BY ALL),
        both_times AS (
            SELECT a.event_id AS earlier_id, b.event_id AS later_id, count(*) AS both_count
            FROM came AS a JOIN came AS b USING (actor_id) GROUP BY ALL
        )
        SELECT earlier.event AS earlier, later.event AS later, coalesce(both_count, 0) AS both_count,
               later_count, coalesce(both_count, 0) / later_count AS share,
               earlier.event_id AS earlier_id, later.event_id AS later_id
        FROM held AS earlier JOIN held AS later ON {IS_EARLIER}
        JOIN sizes ON sizes.event_id = later.event_id
        LEFT JOIN both_times ON both_times.earlier_id = earlier.event_id AND both_times.later_id = later.event_id
        ORDER BY earlier.starts_at, earlier.event, later.starts_at, later.event
    """)
