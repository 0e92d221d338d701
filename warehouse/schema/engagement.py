"""Engagement: figures per event, session, attendee, speaker, tag, sponsor and company, made from the facts."""

from warehouse.schema.formulas import EARLY_EXIT, FULL_STAY, MINUTES_WEIGHT, SESSIONS_WEIGHT
from warehouse.schema.shared_columns import PERSON, shared
from warehouse.schema.table import COUNT, MINUTES, RATE, TEXT, Column, Table

UNTAGGED = "(untagged)"
NO_SPEAKER = "(no speaker)"
NO_SPONSOR = "(no sponsor)"
NO_COMPANY = "(no company)"

SESSION_COUNT = Column("session_count", COUNT, "Sessions with at least one attendance.")
ATTENDEE_COUNT = Column("attendee_count", COUNT, "Distinct registrations with at least one attendance.")
TOTAL_MINUTES = Column("total_minutes", MINUTES, "Sum of minutes_spent.")
COMPLETION = "Mean over attendances of min(1, minutes_spent / scheduled_minutes); null without a schedule."
MEAN_COMPLETION = Column("mean_completion", RATE, COMPLETION)
TOP_TAG = "The attendee's tag with the most minutes, in full credit; of equal ones the first alphabetically."
SCORE = f"{MINUTES_WEIGHT} * cume_dist(total_minutes) + {SESSIONS_WEIGHT} * cume_dist(session_count)"
RANK = "1 for most total_minutes in the event; equal minutes, equal rank, gaps after."

# Figures of speakers, tags and sponsors. A session may have several of each.
FULL_CREDIT = "Minutes in full credit: all minutes of each session. They do not add up to the event's total."
SPLIT_CREDIT = "Minutes in split credit: each session's minutes divided equally. They add up to the event's total."
CREDITED = (
    SESSION_COUNT,
    ATTENDEE_COUNT,
    Column("total_minutes", MINUTES, FULL_CREDIT),
    Column("split_minutes", MINUTES, SPLIT_CREDIT),
    Column("mean_minutes", MINUTES, "total_minutes / attendances, in minutes."),
)

ENGAGEMENT = (
    Table(
        "main.event_engagement",
        "One row per event with a row in time_spent: how much time people spent in it.",
        (
            *shared("event_id organization_id event_name"),
            *(SESSION_COUNT, ATTENDEE_COUNT, TOTAL_MINUTES),
            Column("mean_minutes_per_attendee", MINUTES, "total_minutes / attendee_count."),
            Column("mean_sessions_per_attendee", RATE, "attendances / attendee_count."),
        ),
    ),
    Table(
        "main.session_engagement",
        "One row per event and session with a row in time_spent: how much time people spent in it, and how many stayed "
        "to the end.",
        (
            *shared("event_id session_id session_title starts_at ends_at local_starts_at scheduled_minutes"),
            *shared("location_id location_name location_type"),
            *(ATTENDEE_COUNT, TOTAL_MINUTES),
            Column("mean_minutes", MINUTES, "Mean of minutes_spent."),
            Column("median_minutes", MINUTES, "Median of minutes_spent, interpolated linearly."),
            Column("p90_minutes", MINUTES, "90th percentile of minutes_spent, interpolated linearly."),
            MEAN_COMPLETION,
            Column("full_stay_rate", RATE, f"Share of attendances with a completion >= {FULL_STAY}; null if none."),
            Column("early_exit_rate", RATE, f"Share of attendances with a completion < {EARLY_EXIT}; null if none."),
        ),
    ),
    Table(
        "main.attendee_engagement",
        "One row per event and registration: how engaged an attendee was.",
        (
            *shared("event_id registration_id actor_id"),
            *(column for column in PERSON if column.name != "headline"),
            Column("session_count", COUNT, "Sessions attended."),
            *(TOTAL_MINUTES, MEAN_COMPLETION),
            Column("top_tag", TEXT, TOP_TAG),
            Column("engagement_score", RATE, f"100 * ({SCORE}) in the event, one decimal."),
            Column("engagement_rank", COUNT, RANK),
        ),
    ),
    Table(
        "main.speaker_engagement",
        f"One row per event and speaker; '{NO_SPEAKER}' is the row of sessions without a speaker.",
        (
            *shared("event_id"),
            Column("speaker_id", TEXT, f"Zuddl's id of the speaker, or '{NO_SPEAKER}'."),
            *shared("speaker_name"),
            *CREDITED,
        ),
    ),
    Table(
        "main.tag_engagement",
        f"One row per event and tag; '{UNTAGGED}' is the row of sessions without a tag.",
        (*shared("event_id"), Column("tag", TEXT, f"Tag of the session, or '{UNTAGGED}'."), *CREDITED),
    ),
    Table(
        "main.sponsor_engagement",
        f"One row per event and sponsor; '{NO_SPONSOR}' is the row of sessions without a sponsor.",
        (
            *shared("event_id"),
            Column("sponsor_id", TEXT, f"Zuddl's id of the sponsor, or '{NO_SPONSOR}'."),
            *shared("sponsor_name"),
            *CREDITED,
        ),
    ),
    Table(
        "main.company_engagement",
        f"One row per event and company among the attendees; '{NO_COMPANY}' is the row of those without one. Companies "
        "are one when they agree after Unicode NFKC, collapsed blanks and lower case.",
        (
            *shared("event_id"),
            Column("company", TEXT, f"Spelling of most attendees, ties alphabetically; or '{NO_COMPANY}'."),
            *(ATTENDEE_COUNT, SESSION_COUNT, TOTAL_MINUTES),
            Column("mean_minutes", MINUTES, "total_minutes / attendee_count."),
            Column("top_tag", TEXT, TOP_TAG.replace("attendee", "company")),
        ),
    ),
)
