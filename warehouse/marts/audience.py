"""Audience: who was invited, registered and came. Pure functions, from actions and descriptions to tables."""

import polars as pl

from warehouse.marts.facts import ATTENDEE, REGISTRATION_FIELDS, latest_fields, latest_list

REGISTERING = ["REGISTERED", "REGISTRATION_FOR_ON_DEMAND", "APPROVED"]
CANCELLING = ["REGISTRATION_DELETE", "REGISTRATION_REJECTED"]
ARRIVING = [
    *("ATTENDED", "ENTERED", "JOINED_SESSION"),
    *("JOINED_BOOTH", "JOINED_BREAKOUT_ROOM", "JOINED_DISCUSSION_ROOM"),
]
ATTENDING = [*ARRIVING, "ASKED_QUESTION", "QUESTION_UPVOTED", "ANSWERED_POLL"]
SPENDING = [f"TIME_SPENT_IN_{place}" for place in ("SESSION", "BOOTH", "BOOTHS", "DISCUSSION_ROOM", "STAGE", "EVENT")]
ON_DEMAND = ["ATTENDED_ON_DEMAND", "WATCHED_VOD"]
# The first of these tells that an event is over.
CLOSING = [*SPENDING, "NO_SHOW"]


def registrations(descriptions: pl.DataFrame) -> pl.DataFrame:
    """One row per event and registration: the latest description."""
    return latest_fields(descriptions, ATTENDEE, REGISTRATION_FIELDS)


def registration_fields(descriptions: pl.DataFrame) -> pl.DataFrame:
    """One row per event, registration and custom field; of a field that is there twice the first counts."""
    return (
        latest_list(descriptions, ATTENDEE, "custom_fields")
        .unnest("custom_fields")
        .drop_nulls("field")
        .unique([*ATTENDEE, "field"], keep="first", maintain_order=True)
        .sort(*ATTENDEE, "field")
    )


def history(actions: pl.DataFrame) -> pl.DataFrame:
    """One row per event and registration: when it was invited, registered and arrived, and what it is.

    Args:
        actions: all actions of the registrations: `event_id, registration_id, delivery_id, action, action_created_at,
            minutes_spent`. They count in the order of `action_created_at`, unknown times first, then of receipt.
    """
    action, created_at = pl.col("action"), pl.col("action_created_at")
    is_spent = action.is_in(SPENDING) & (pl.col("minutes_spent") > 0)
    return (
        actions.sort("action_created_at", "delivery_id", nulls_last=False)
        .group_by(ATTENDEE)
        .agg(
            invited_at=created_at.filter(action == "INVITED").min(),
            registered_at=created_at.filter(action.is_in(REGISTERING)).min(),
            arrived_at=created_at.filter(action.is_in(ARRIVING)).min(),
            latest_step=action.filter(action.is_in([*REGISTERING, *CANCELLING])).last(),
            is_attended=(action.is_in(ATTENDING) | is_spent).fill_null(value=False).any(),
            is_on_demand=action.is_in(ON_DEMAND).any(),
        )
        .with_columns(
            is_registered=pl.col("is_attended") | pl.col("latest_step").is_in(REGISTERING).fill_null(value=False)
        )
        .drop("latest_step")
        .sort(ATTENDEE)
    )


def event_funnel(counts: pl.DataFrame, events: pl.DataFrame) -> pl.DataFrame:
    """One row per event with any registration. `show_rate` is null when nobody is registered."""
    show_rate = pl.col("attended_count") / pl.col("registered_count")
    return (
        events.select("event_id", "event_name")
        .join(counts, on="event_id", maintain_order="left")
        .with_columns(show_rate=pl.when(pl.col("registered_count") > 0).then(show_rate))
    )
