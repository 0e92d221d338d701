"""Engagement: figures per event, session, attendee, speaker and tag, made from the facts."""

from warehouse.schema.formulas import EARLY_EXIT, FULL_STAY, MINUTES_WEIGHT, SESSIONS_WEIGHT
from warehouse.schema.shared_columns import (
    ENDS_AT,
    EVENT_ID,
    EVENT_NAME,
    LOCATION_NAME,
    ORGANIZATION_ID,
    PERSON,
    REGISTRATION_ID,
    SCHEDULED_MINUTES,
    SESSION_ID,
    SESSION_TITLE,
    SPEAKER_NAME,
    STARTS_AT,
)
from warehouse.schema.table import COUNT, MINUTES, RATE, TEXT, Table

UNTAGGED = "(untagged)"
NO_SPEAKER = "(no speaker)"

SESSION_COUNT = (COUNT, "Sessions with at least one attendance.")
ATTENDEE_COUNT = (COUNT, "Distinct registrations with at least one attendance.")
TOTAL_MINUTES = (MINUTES, "Sum of minutes_spent.")
MEAN_COMPLETION = (RATE, "Mean over attendances of min(1, minutes_spent / scheduled_minutes); null without a schedule.")

SCORE = f"{MINUTES_WEIGHT} * cume_dist(total_minutes) + {SESSIONS_WEIGHT} * cume_dist(session_count)"

# Figures of speakers and tags. A session may have several of each.
CREDITED = {
    "session_count": SESSION_COUNT,
    "attendee_count": ATTENDEE_COUNT,
    "total_minutes": (
        MINUTES,
        "Minutes in full credit: all minutes of each session. They do not add up to the event's total.",
    ),
    "split_minutes": (
        MINUTES,
        "Minutes in split credit: each session's minutes divided equally. They add up to the event's total.",
    ),
    "mean_minutes": (MINUTES, "total_minutes / attendances, in minutes."),
}

ENGAGEMENT = (
    Table(
        "main.event_engagement",
        "One row per event: how much time people spent in it.",
        {
            "event_id": EVENT_ID,
            "organization_id": ORGANIZATION_ID,
            "event_name": EVENT_NAME,
            "session_count": SESSION_COUNT,
            "attendee_count": ATTENDEE_COUNT,
            "total_minutes": TOTAL_MINUTES,
            "mean_minutes_per_attendee": (MINUTES, "total_minutes / attendee_count."),
            "mean_sessions_per_attendee": (RATE, "attendances / attendee_count."),
        },
    ),
    Table(
        "main.session_engagement",
        "One row per event and session: how much time people spent in it, and how many stayed to the end.",
        {
            "event_id": EVENT_ID,
            "session_id": SESSION_ID,
            "session_title": SESSION_TITLE,
            "starts_at": STARTS_AT,
            "ends_at": ENDS_AT,
            "scheduled_minutes": SCHEDULED_MINUTES,
            "location_name": LOCATION_NAME,
            "attendee_count": ATTENDEE_COUNT,
            "total_minutes": TOTAL_MINUTES,
            "mean_minutes": (MINUTES, "Mean of minutes_spent."),
            "median_minutes": (MINUTES, "Median of minutes_spent, interpolated linearly."),
            "p90_minutes": (MINUTES, "90th percentile of minutes_spent, interpolated linearly."),
            "mean_completion": MEAN_COMPLETION,
            "full_stay_rate": (
                RATE,
                f"Share of attendances with a completion >= {FULL_STAY}; null without a schedule.",
            ),
            "early_exit_rate": (
                RATE,
                f"Share of attendances with a completion < {EARLY_EXIT}; null without a schedule.",
            ),
        },
    ),
    Table(
        "main.attendee_engagement",
        "One row per event and registration: how engaged an attendee was.",
        {
            "event_id": EVENT_ID,
            "registration_id": REGISTRATION_ID,
            **{name: column for name, column in PERSON.items() if name != "headline"},
            "session_count": (COUNT, "Sessions attended."),
            "total_minutes": TOTAL_MINUTES,
            "mean_completion": MEAN_COMPLETION,
            "top_tag": (
                TEXT,
                "The attendee's tag with the most minutes, in full credit; of equal ones the first alphabetically.",
            ),
            "engagement_score": (
                RATE,
                f"100 * ({SCORE}) in the event, one decimal.",
            ),
            "engagement_rank": (COUNT, "1 for most total_minutes in the event; equal minutes, equal rank, gaps after."),
        },
    ),
    Table(
        "main.speaker_engagement",
        "One row per event and speaker; '(no speaker)' is the row of sessions without a speaker.",
        {
            "event_id": EVENT_ID,
            "speaker_id": (TEXT, "Zuddl's id of the speaker, or '(no speaker)'."),
            "speaker_name": SPEAKER_NAME,
            **CREDITED,
        },
    ),
    Table(
        "main.tag_engagement",
        "One row per event and tag; '(untagged)' is the row of sessions without a tag.",
        {"event_id": EVENT_ID, "tag": (TEXT, "Tag of the session, or '(untagged)'."), **CREDITED},
    ),
)
