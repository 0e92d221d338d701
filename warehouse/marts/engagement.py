"""Engagement per event, session, attendee, speaker and tag, from the facts. Pure functions, minutes throughout.

Minutes are added in the order of their size: the same minutes have the same sum to the last digit, whatever order their
deliveries came in.

Credit: `total_minutes` of a speaker or a tag counts the minutes of its sessions in full. `split_minutes` divides a
session's minutes equally among its speakers or tags, so that they add up to the event's total.
"""

import polars as pl

from warehouse.marts.facts import EVENT
from warehouse.schema.formulas import EARLY_EXIT, FULL_STAY, MINUTES_WEIGHT, SESSIONS_WEIGHT

MINUTES = pl.col("minutes_spent")
COMPLETION = pl.col("completion")
TOTAL_MINUTES = MINUTES.sum().alias("total_minutes")


def attendances_with_completion(attendances: pl.DataFrame, sessions: pl.DataFrame) -> pl.DataFrame:
    """Attendances with `completion` = min(1, minutes / scheduled minutes), null when nothing is scheduled."""
    completion = (MINUTES / pl.col("scheduled_minutes")).clip(upper_bound=1.0)
    return (
        attendances.join(
            sessions.select("session_key", "scheduled_minutes"), on="session_key", how="left", maintain_order="left"
        )
        .with_columns(completion=completion)
        .drop("scheduled_minutes")
    )


def in_slices(rows: pl.DataFrame, weight: pl.Expr, max_weight: int) -> list[pl.DataFrame]:
    """The rows in slices of about `max_weight`; each has at least one row, unless there is none."""
    number = ((weight.cum_sum() - weight) // max_weight).alias("slice_number")
    return rows.with_columns(number).partition_by("slice_number", include_key=False) or [rows]


def event_engagement(sessions: pl.DataFrame, attendee_counts: pl.DataFrame, events: pl.DataFrame) -> pl.DataFrame:
    """One row per event, from the totals of its sessions and the count of its attendees."""
    of_sessions = (
        sessions.sort("session_id")
        .group_by(EVENT, maintain_order=True)
        .agg(
            pl.col("total_minutes").sum(),
            session_count=pl.len(),
            attendance_count=pl.col("attendee_count").sum(),
        )
    )
    measures = of_sessions.join(attendee_counts, on=EVENT).with_columns(
        mean_minutes_per_attendee=pl.col("total_minutes") / pl.col("attendee_count"),
        mean_sessions_per_attendee=pl.col("attendance_count") / pl.col("attendee_count"),
    )
    described = events.select(*EVENT, "organization_id", "event_name")
    return described.join(measures.drop("attendance_count"), on=EVENT, maintain_order="left")


def session_engagement(attendances: pl.DataFrame, sessions: pl.DataFrame) -> pl.DataFrame:
    """One row per event and session; the rates are shares of the attendances that have a completion."""
    measures = (
        attendances.sort("session_key", "minutes_spent")
        .group_by("session_key", maintain_order=True)
        .agg(
            TOTAL_MINUTES,
            attendee_count=pl.len(),
            mean_minutes=MINUTES.mean(),
            median_minutes=MINUTES.quantile(0.5, interpolation="linear"),
            p90_minutes=MINUTES.quantile(0.9, interpolation="linear"),
            mean_completion=COMPLETION.mean(),
            full_stay_rate=(COMPLETION >= FULL_STAY).mean(),
            early_exit_rate=(COMPLETION < EARLY_EXIT).mean(),
        )
    )
    described = sessions.select(
        *("event_id", "session_id", "session_key", "session_title"),
        *("starts_at", "ends_at", "scheduled_minutes", "location_id", "location_name", "location_type"),
    )
    return described.join(measures, on="session_key", maintain_order="left").drop("session_key")


def attendee_engagement(
    attendances: pl.DataFrame, attendees: pl.DataFrame, session_tags: pl.DataFrame, max_tagged: int
) -> pl.DataFrame:
    """One row per event and registration, still without a score and a rank."""
    attendances = attendances.sort("attendee_key", "minutes_spent", "completion")
    measures = attendances.group_by("attendee_key", maintain_order=True).agg(
        TOTAL_MINUTES,
        session_count=pl.len(),
        mean_completion=COMPLETION.mean(),
    )
    return (
        attendees.drop("headline")
        .join(measures, on="attendee_key", maintain_order="left")
        .join(top_tag(attendances, session_tags, max_tagged), on="attendee_key", how="left", maintain_order="left")
        .drop("attendee_key")
    )


def ranked(attendees: pl.DataFrame) -> pl.DataFrame:
    """The attendees, all of their events, with a score and a rank within the event."""
    total_minutes = pl.col("total_minutes")
    score = 100 * (MINUTES_WEIGHT * _cume_dist(total_minutes) + SESSIONS_WEIGHT * _cume_dist(pl.col("session_count")))
    return attendees.with_columns(
        engagement_score=score.round(1, mode="half_away_from_zero"),
        engagement_rank=total_minutes.rank("min", descending=True).over("event_key"),
    )


def credited(totals: pl.DataFrame, attendee_counts: pl.DataFrame, part: str) -> pl.DataFrame:
    """One row per event and `part`, a speaker or a tag; speakers are still without names.

    Args:
        totals: one row per part and each of its sessions: `total_minutes` and `attendee_count` of the session, and the
            `part_count` that its minutes are divided by.
        attendee_counts: one row per part: how many people `attendee_count` were in its sessions.
        part: the column that names the part.
    """
    total_minutes = pl.col("total_minutes")
    return (
        totals.group_by([*EVENT, part], maintain_order=True)
        .agg(
            total_minutes.sum(),
            session_count=pl.len(),
            split_minutes=(total_minutes / pl.col("part_count")).sum(),
            mean_minutes=total_minutes.sum() / pl.col("attendee_count").sum(),
        )
        .join(attendee_counts.select(*EVENT, part, "attendee_count"), on=[*EVENT, part])
        .sort(*EVENT, part)
    )


def top_tag(attendances: pl.DataFrame, session_tags: pl.DataFrame, max_tagged: int) -> pl.DataFrame:
    """The tag with most of an attendee's minutes, in full credit; of equal ones the first alphabetically.

    Attendances times tags are at most about `max_tagged` rows at once. Of tags that all have the same sessions, and so
    the same minutes, only the first can win: a session of 200 tags has one row for each attendance.
    """
    first_tags = (
        session_tags.group_by("tag")
        .agg(pl.col("session_key").sort())
        .group_by("session_key")
        .agg(pl.col("tag").min())
        .explode("session_key")
    )
    tag_names = first_tags.select(pl.col("tag").unique().sort()).with_row_index("tag_number")
    tags = first_tags.join(tag_names, on="tag").select("session_key", "tag_number")
    tag_counts = tags.group_by("session_key").agg(tag_count=pl.len())
    tagged = attendances.join(tag_counts, on="session_key", maintain_order="left")
    attendees = tagged.group_by("attendee_key", maintain_order=True).agg(pl.col("tag_count").sum())
    tops = [
        _most_minutes(tagged.join(some, on="attendee_key", how="semi", maintain_order="left"), tags)
        for some in in_slices(attendees, pl.col("tag_count"), max_tagged)
    ]
    return pl.concat(tops).join(tag_names, on="tag_number").select("attendee_key", top_tag="tag")


def _most_minutes(attendances: pl.DataFrame, tags: pl.DataFrame) -> pl.DataFrame:
    """The number of the tag with most minutes, by attendee."""
    total_minutes = pl.col("total_minutes")
    return (
        attendances.join(tags, on="session_key", maintain_order="left")
        .group_by("attendee_key", "tag_number")
        .agg(TOTAL_MINUTES)
        .filter(total_minutes == total_minutes.max().over("attendee_key"))
        .group_by("attendee_key")
        .agg(pl.col("tag_number").min())
    )


def _cume_dist(column: pl.Expr) -> pl.Expr:
    """Share of the event's rows that are at or below this one, as SQL's `cume_dist`."""
    return column.rank("max").over("event_key") / pl.len().over("event_key")
