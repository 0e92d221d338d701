"""Facts: who spent how long where, and the latest description of each event, session and attendee.

Pure functions, from parsed actions and descriptions to a table. Actions count in the order of `action_created_at`,
unknown times first, then in the order of receipt. Descriptions come in the order of the latest action with each.
"""

import polars as pl

from warehouse.schema import PERSON
from warehouse.settings import RepeatPolicy

EVENT = ["event_id"]
SESSION = ["event_id", "session_id"]
ATTENDEE = ["event_id", "registration_id"]
ATTENDANCE = ["session_key", "attendee_key"]

# The names that the start and the end of an event have in the descriptions, which hold a session's as well.
EVENT_TIMES = {"event_starts_at": "starts_at", "event_ends_at": "ends_at"}
EVENT_FIELDS = [
    *("organization_id", "event_name", "time_zone", *EVENT_TIMES),
    *("event_status", "event_type", "event_format"),
]
SESSION_FIELDS = [
    "session_title",
    "session_description",
    "starts_at",
    "ends_at",
    "location_id",
    "location_name",
    "location_type",
    "session_format",
]
SESSION_LISTS = ["speakers", "tags", "sponsors"]
ATTENDEE_FIELDS = ["actor_id", *(column.name for column in PERSON)]
REGISTRATION_FIELDS = [
    *ATTENDEE_FIELDS,
    *("attendance_type", "ticket_name", "source_type", "utm_source", "utm_medium", "utm_campaign"),
]


def time_spent(actions: pl.DataFrame, repeat_policy: RepeatPolicy) -> pl.DataFrame:
    """One row per session and attendee, by key; of several actions the latest, or the sum of their minutes."""
    minutes = pl.col("minutes_spent")
    return (
        actions.sort("action_created_at", "delivery_id", nulls_last=False)
        .group_by(ATTENDANCE)
        .agg(
            minutes.last() if repeat_policy == "latest" else minutes.sum(),
            pl.col("action_id", "action_created_at", "received_at").last(),
        )
        .sort(ATTENDANCE)
    )


def events(descriptions: pl.DataFrame) -> pl.DataFrame:
    """One row per event."""
    return latest_fields(descriptions, EVENT, EVENT_FIELDS).rename(EVENT_TIMES)


def sessions(descriptions: pl.DataFrame) -> pl.DataFrame:
    """One row per event and session. `scheduled_minutes` is null when not above zero."""
    scheduled = (pl.col("ends_at") - pl.col("starts_at")).dt.total_seconds(fractional=True) / 60
    sessions = latest_fields(descriptions, SESSION, SESSION_FIELDS)
    return sessions.with_columns(scheduled_minutes=pl.when(scheduled > 0).then(scheduled))


def session_tags(descriptions: pl.DataFrame) -> pl.DataFrame:
    """One row per event, session and tag; repeats dropped. Staging has trimmed them and dropped empty ones."""
    tags = latest_list(descriptions, SESSION, "tags").select(*SESSION, tag="tags")
    return tags.drop_nulls("tag").unique().sort(*SESSION, "tag")


def session_speakers(descriptions: pl.DataFrame) -> pl.DataFrame:
    """One row per event, session and speaker."""
    return _latest_people(descriptions, "speakers", "speaker_id")


def session_sponsors(descriptions: pl.DataFrame) -> pl.DataFrame:
    """One row per event, session and sponsor."""
    return _latest_people(descriptions, "sponsors", "sponsor_id")


def _latest_people(descriptions: pl.DataFrame, column: str, identity: str) -> pl.DataFrame:
    return (
        latest_list(descriptions, SESSION, column)
        .unnest(column)
        .filter(pl.col(identity).is_not_null())
        .unique([*SESSION, identity], keep="first", maintain_order=True)
        .sort(*SESSION, identity)
    )


def latest_list(descriptions: pl.DataFrame, keys: list[str], column: str) -> pl.DataFrame:
    """One row per element of the list of the latest description that carries such a list; null where it is empty."""
    return latest_fields(descriptions, keys, [column]).explode(column, empty_as_null=True)


def latest_fields(descriptions: pl.DataFrame, keys: list[str], fields: list[str]) -> pl.DataFrame:
    """Each field from the latest description that carries it; null does not carry, an empty list does."""
    return descriptions.group_by(keys).agg(pl.col(fields).drop_nulls().last()).sort(keys)
