"""Facts: who spent how long where, and the latest description of each event, session and attendee.

Pure functions from the actions of one or more whole events, as `refresh` reads them, to a table. Everywhere, actions
count in the order of `action_created_at`, unknown times first, then of receipt.
"""

import polars as pl

from warehouse.settings import RepeatPolicy

EVENT = ["event_id"]
SESSION = ["event_id", "session_id"]
ATTENDEE = ["event_id", "registration_id"]
ATTENDANCE = ["event_id", "session_id", "registration_id"]


def in_order(actions: pl.DataFrame) -> pl.DataFrame:
    """The actions, oldest first; every function below expects them so."""
    return actions.sort("action_created_at", "delivery_id", nulls_last=False)


def time_spent(actions: pl.DataFrame, repeat_policy: RepeatPolicy) -> pl.DataFrame:
    """One row per event, session and registration; of several actions the latest, or the sum of their minutes."""
    minutes = pl.col("minutes_spent")
    return (
        actions.group_by(ATTENDANCE)
        .agg(
            minutes.last() if repeat_policy == "latest" else minutes.sum(),
            pl.col("action_id", "action_created_at", "received_at").last(),
        )
        .sort(ATTENDANCE)
    )


def events(actions: pl.DataFrame) -> pl.DataFrame:
    """One row per event."""
    return _latest_fields(actions, EVENT, ["organization_id", "event_name"])


def sessions(actions: pl.DataFrame) -> pl.DataFrame:
    """One row per event and session. `scheduled_minutes` is null when not above zero."""
    scheduled = (pl.col("ends_at") - pl.col("starts_at")).dt.total_seconds(fractional=True) / 60
    fields = [
        "session_title",
        "session_description",
        "starts_at",
        "ends_at",
        "location_id",
        "location_name",
        "location_type",
    ]
    return _latest_fields(actions, SESSION, fields).with_columns(
        scheduled_minutes=pl.when(scheduled > 0).then(scheduled)
    )


def attendees(actions: pl.DataFrame) -> pl.DataFrame:
    """One row per event and registration."""
    fields = ["first_name", "last_name", "email", "company", "designation", "headline", "industry", "country"]
    return _latest_fields(actions, ATTENDEE, ["actor_id", *fields])


def session_tags(actions: pl.DataFrame) -> pl.DataFrame:
    """One row per event, session and tag; tags trimmed, empty ones and repeats dropped."""
    return (
        _latest_list(actions, "tags")
        .select(*SESSION, tag=pl.col("tags").str.strip_chars())
        .filter(pl.col("tag") != "")
        .unique()
        .sort(*SESSION, "tag")
    )


def session_speakers(actions: pl.DataFrame) -> pl.DataFrame:
    """One row per event, session and speaker."""
    return _latest_people(actions, "speakers", "speaker_id")


def session_sponsors(actions: pl.DataFrame) -> pl.DataFrame:
    """One row per event, session and sponsor."""
    return _latest_people(actions, "sponsors", "sponsor_id")


def _latest_people(actions: pl.DataFrame, column: str, identity: str) -> pl.DataFrame:
    return (
        _latest_list(actions, column)
        .unnest(column)
        .filter(pl.col(identity).is_not_null())
        .unique([*SESSION, identity], keep="first", maintain_order=True)
        .sort(*SESSION, identity)
    )


def _latest_list(actions: pl.DataFrame, column: str) -> pl.DataFrame:
    """One row per session and element of the list that the session's latest action with such a list carries."""
    return _latest_fields(actions, SESSION, [column]).explode(column, empty_as_null=True)


def _latest_fields(actions: pl.DataFrame, keys: list[str], fields: list[str]) -> pl.DataFrame:
    """Each field from the latest action that carries it; null does not carry, an empty list does."""
    return actions.group_by(keys).agg(pl.col(fields).drop_nulls().last()).sort(keys)
