"""Engagement per event, session, attendee, speaker and tag, from the facts. Pure functions, minutes throughout.

Credit: `total_minutes` of a speaker or a tag counts the minutes of its sessions in full. `split_minutes` divides a
session's minutes equally among its speakers or tags, so that they add up to the event's total.
"""

import polars as pl

from warehouse.marts.facts import ATTENDEE, EVENT, SESSION
from warehouse.schema import NO_SPEAKER, UNTAGGED
from warehouse.schema.formulas import EARLY_EXIT, FULL_STAY, MINUTES_WEIGHT, SESSIONS_WEIGHT

MINUTES = pl.col("minutes_spent")
COMPLETION = pl.col("completion")
TOTAL_MINUTES = MINUTES.sum().alias("total_minutes")


def attendances_with_completion(time_spent: pl.DataFrame, sessions: pl.DataFrame) -> pl.DataFrame:
    """`time_spent` with `completion` = min(1, minutes / scheduled minutes), null when nothing is scheduled."""
    completion = (MINUTES / pl.col("scheduled_minutes")).clip(upper_bound=1.0)
    return (
        time_spent.join(sessions.select(*SESSION, "scheduled_minutes"), on=SESSION, how="left", maintain_order="left")
        .with_columns(completion=completion)
        .drop("scheduled_minutes")
    )


def as_enum(texts: pl.Series) -> pl.Series:
    """Texts as an enumeration in their own order: joins and groups take half the time."""
    return texts.cast(pl.Enum(texts.unique().sort()))


def event_engagement(attendances: pl.DataFrame, events: pl.DataFrame) -> pl.DataFrame:
    """One row per event."""
    attendee_count = pl.col("registration_id").n_unique()
    measures = attendances.group_by(EVENT).agg(
        TOTAL_MINUTES,
        session_count=pl.col("session_id").n_unique(),
        attendee_count=attendee_count,
        mean_minutes_per_attendee=MINUTES.sum() / attendee_count,
        mean_sessions_per_attendee=pl.len() / attendee_count,
    )
    return events.join(measures, on=EVENT, maintain_order="left")


def session_engagement(attendances: pl.DataFrame, sessions: pl.DataFrame) -> pl.DataFrame:
    """One row per event and session; the rates are shares of the attendances that have a completion."""
    measures = attendances.group_by(SESSION).agg(
        TOTAL_MINUTES,
        attendee_count=pl.len(),
        mean_minutes=MINUTES.mean(),
        median_minutes=MINUTES.quantile(0.5, interpolation="linear"),
        p90_minutes=MINUTES.quantile(0.9, interpolation="linear"),
        mean_completion=COMPLETION.mean(),
        full_stay_rate=(COMPLETION >= FULL_STAY).mean(),
        early_exit_rate=(COMPLETION < EARLY_EXIT).mean(),
    )
    described = sessions.select(*SESSION, "session_title", "starts_at", "ends_at", "scheduled_minutes", "location_name")
    return described.join(measures, on=SESSION, maintain_order="left")


def attendee_engagement(attendances: pl.DataFrame, attendees: pl.DataFrame, session_tags: pl.DataFrame) -> pl.DataFrame:
    """One row per event and registration, with a score and a rank within the event."""
    measures = attendances.group_by(ATTENDEE).agg(
        TOTAL_MINUTES,
        session_count=pl.len(),
        mean_completion=COMPLETION.mean(),
    )
    total_minutes = pl.col("total_minutes")
    score = 100 * (MINUTES_WEIGHT * _cume_dist(total_minutes) + SESSIONS_WEIGHT * _cume_dist(pl.col("session_count")))
    return (
        attendees.drop("actor_id", "headline")
        .join(measures, on=ATTENDEE, maintain_order="left")
        .join(_top_tag(attendances, session_tags), on=ATTENDEE, how="left", maintain_order="left")
        .with_columns(
            engagement_score=score.round(1, mode="half_away_from_zero"),
            engagement_rank=total_minutes.rank("min", descending=True).over(EVENT),
        )
    )


def speaker_engagement(attendances: pl.DataFrame, session_speakers: pl.DataFrame) -> pl.DataFrame:
    """One row per event and speaker, still without names; sessions without one count under '(no speaker)'."""
    return _credited(attendances, session_speakers, "speaker_id", NO_SPEAKER)


def tag_engagement(attendances: pl.DataFrame, session_tags: pl.DataFrame) -> pl.DataFrame:
    """One row per event and tag; sessions without one count under '(untagged)'."""
    return _credited(attendances, session_tags, "tag", UNTAGGED)


def _credited(attendances: pl.DataFrame, parts: pl.DataFrame, part: str, nobody: str) -> pl.DataFrame:
    """One row per event and part of its sessions: a speaker or a tag, or who stands for nobody."""
    shares = parts.select(*SESSION, part, share=1 / pl.len().over(SESSION))
    credited = attendances.join(shares, on=SESSION, how="left", maintain_order="left").with_columns(
        pl.col(part).fill_null(nobody), pl.col("share").fill_null(1.0)
    )
    return (
        credited.group_by([*EVENT, part])
        .agg(
            TOTAL_MINUTES,
            session_count=pl.col("session_id").n_unique(),
            attendee_count=pl.col("registration_id").n_unique(),
            split_minutes=(MINUTES * pl.col("share")).sum(),
            mean_minutes=MINUTES.mean(),
        )
        .sort(*EVENT, part)
    )


def _top_tag(attendances: pl.DataFrame, session_tags: pl.DataFrame) -> pl.DataFrame:
    """The tag with most of an attendee's minutes, in full credit; of equal ones the first alphabetically."""
    total_minutes = pl.col("total_minutes")
    return (
        attendances.join(session_tags.with_columns(as_enum(session_tags["tag"])), on=SESSION)
        .group_by([*ATTENDEE, "tag"])
        .agg(TOTAL_MINUTES)
        .filter(total_minutes == total_minutes.max().over(ATTENDEE))
        .group_by(ATTENDEE)
        .agg(top_tag=pl.col("tag").min())
    )


def _cume_dist(column: pl.Expr) -> pl.Expr:
    """Share of the event's rows that are at or below this one, as SQL's `cume_dist`."""
    return column.rank("max").over(EVENT) / pl.len().over(EVENT)
