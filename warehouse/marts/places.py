"""Places: who visited a booth, a room or a stage, and for how long. The step, and its pure function."""

import polars as pl
from duckdb import DuckDBPyConnection

from warehouse.marts import touched
from warehouse.marts.replace import replace
from warehouse.marts.unloadable import derive_what_can_be
from warehouse.settings import RepeatPolicy

PLACE = ["event_id", "place_type", "place_id"]
SPENDING = "TIME_SPENT_IN_"
VISITS = ("JOINED_", SPENDING)

ACTIONS = """
SELECT event_id, place_type, place_id, place_name, registration_id, action, action_created_at, delivery_id,
       minutes_spent
FROM main.actions SEMI JOIN wanted_places USING (event_id, place_type, place_id)
"""


def refresh(connection: DuckDBPyConnection, policy: RepeatPolicy, max_weight: int) -> None:
    """Derive the figures of the touched places."""
    for _ in touched.slices(connection, "places", max_weight):
        rows = derive_what_can_be(
            connection, lambda: connection.sql(ACTIONS).pl(), lambda actions: place_engagement(actions, policy)
        )
        replace(connection, "main.place_engagement", "wanted_places", PLACE, rows)


def place_engagement(actions: pl.DataFrame, repeat_policy: RepeatPolicy) -> pl.DataFrame:
    """One row per event and place with a visitor.

    Several actions of one visitor: the minutes of the latest, or their sum. Minutes are added in the order of their
    size, so that the sum does not depend on the order of the deliveries.
    """
    action, minutes = pl.col("action"), pl.col("minutes_spent")
    is_visit = pl.any_horizontal(action.str.starts_with(prefix) for prefix in VISITS)
    spent = minutes.filter(action.str.starts_with(SPENDING)).drop_nulls()
    ordered = actions.sort("action_created_at", "delivery_id", nulls_last=False)
    visitors = (
        ordered.filter(is_visit & pl.col("registration_id").is_not_null())
        .group_by(*PLACE, "registration_id")
        .agg(spent.last() if repeat_policy == "latest" else pl.when(spent.len() > 0).then(spent.sort().sum()))
        .sort("minutes_spent")
    )
    names = ordered.group_by(PLACE).agg(pl.col("place_name").drop_nulls().last())
    return (
        visitors.group_by(PLACE, maintain_order=True)
        .agg(
            visitor_count=pl.len(),
            attendee_count=minutes.count(),
            total_minutes=minutes.sum(),
            mean_minutes=minutes.mean(),
        )
        .join(names, on=PLACE)
        .sort(PLACE)
    )
