"""Every table of the warehouse, its columns and what they mean: the one place that says so.

The comments travel inside the file as DuckDB `COMMENT`s, and the README's dictionary is checked against them.
"""

from dataclasses import dataclass

from duckdb import DuckDBPyConnection

SCHEMA_VERSION = 7

UNKNOWN_EVENT = "(unknown)"
UNTAGGED = "(untagged)"
NO_SPEAKER = "(no speaker)"


@dataclass(frozen=True)
class Table:
    """A table: its name with the schema, what one row is, and each column's type and meaning."""

    name: str
    comment: str
    columns: dict[str, tuple[str, str]]


TEXT, COUNT, MINUTES, RATE, TIME = "VARCHAR", "BIGINT", "DOUBLE", "DOUBLE", "TIMESTAMPTZ"

# Of random ids DuckDB takes one part in four, more or less, for incompressible, from a sample.
RANDOM_TEXT = f"{TEXT} USING COMPRESSION fsst"
# Told so, it need not try what else would do.
REPEATED_TEXT = f"{TEXT} USING COMPRESSION dictionary"

EVENT_ID = (REPEATED_TEXT, "Zuddl's id of the event (the conference); '(unknown)' when the payload names none.")
SESSION_ID = (REPEATED_TEXT, "Zuddl's id of the session (the talk).")
REGISTRATION_ID = (TEXT, "Zuddl's id of the registration, or the actor's id when the payload has none.")
SESSION_COUNT = (COUNT, "Sessions with at least one attendance.")
ATTENDEE_COUNT = (COUNT, "Distinct registrations with at least one attendance.")
SPLIT_MINUTES = (
    MINUTES,
    "Minutes in split credit: each session's minutes divided equally; adds up to the event's total.",
)
FULL_CREDIT = (
    MINUTES,
    "Minutes in full credit: each session's minutes whole; does not add up to the event's total.",
)
MEAN_PER_ATTENDANCE = (MINUTES, "total_minutes / attendances, in minutes.")
SCHEDULED_MINUTES = (MINUTES, "ends_at - starts_at in minutes; null when not above zero.")
MEAN_COMPLETION = (
    RATE,
    "Mean over attendances of min(1, minutes_spent / scheduled_minutes); null without a schedule.",
)
STARTS_AT = (TIME, "Scheduled start (UTC).")
ENDS_AT = (TIME, "Scheduled end (UTC).")

MARTS = (
    Table(
        "main.time_spent",
        "One row per event, session and registration: the minutes an attendee spent in a session.",
        {
            "event_id": EVENT_ID,
            "session_id": SESSION_ID,
            "registration_id": REGISTRATION_ID,
            "minutes_spent": (
                MINUTES,
                "Minutes spent; of repeated actions the latest, or their sum (REPEAT_POLICY).",
            ),
            "action_id": (RANDOM_TEXT, "The latest action behind this row; the body's SHA-256 when it has no id."),
            "action_created_at": (
                TIME,
                "When Zuddl created that action (UTC); may lie far from the session.",
            ),
            "received_at": (TIME, "When the receiver accepted that delivery (UTC)."),
        },
    ),
    Table(
        "main.events",
        "One row per event.",
        {
            "event_id": EVENT_ID,
            "organization_id": (TEXT, "Zuddl's id of the organisation that holds the event."),
            "event_name": (TEXT, "Name of the event."),
        },
    ),
    Table(
        "main.sessions",
        "One row per event and session.",
        {
            "session_id": SESSION_ID,
            "event_id": EVENT_ID,
            "session_title": (TEXT, "Title of the session."),
            "session_description": (TEXT, "Description of the session; may hold HTML."),
            "starts_at": STARTS_AT,
            "ends_at": ENDS_AT,
            "scheduled_minutes": SCHEDULED_MINUTES,
            "location_id": (TEXT, "Zuddl's id of the location; the first when there are several."),
            "location_name": (TEXT, "Name of the location, such as a stage."),
            "location_type": (TEXT, "Type of the location, such as STAGE."),
        },
    ),
    Table(
        "main.attendees",
        "One row per event and registration: who took part.",
        {
            "event_id": EVENT_ID,
            "registration_id": REGISTRATION_ID,
            "actor_id": (TEXT, "Zuddl's id of the person who acted."),
            "first_name": (TEXT, "First name."),
            "last_name": (TEXT, "Last name."),
            "email": (TEXT, "Mail address."),
            "company": (TEXT, "Company."),
            "designation": (TEXT, "Job title."),
            "headline": (TEXT, "Headline of the profile."),
            "industry": (TEXT, "Industry."),
            "country": (TEXT, "Country."),
        },
    ),
    Table(
        "main.session_speakers",
        "One row per event, session and speaker.",
        {
            "event_id": EVENT_ID,
            "session_id": SESSION_ID,
            "speaker_id": (TEXT, "Zuddl's id of the speaker."),
            "speaker_url": (TEXT, "Link to the speaker's page."),
        },
    ),
    Table(
        "main.session_tags",
        "One row per event, session and tag.",
        {
            "event_id": EVENT_ID,
            "session_id": SESSION_ID,
            "tag": (TEXT, "Tag, trimmed; empty ones and repeats dropped."),
        },
    ),
    Table(
        "main.session_sponsors",
        "One row per event, session and sponsor.",
        {
            "event_id": EVENT_ID,
            "session_id": SESSION_ID,
            "sponsor_id": (TEXT, "Zuddl's id of the sponsor."),
            "sponsor_url": (TEXT, "Link of the sponsor."),
        },
    ),
    Table(
        "main.speakers",
        "One row per speaker seen in any session.",
        {
            "speaker_id": (TEXT, "Zuddl's id of the speaker."),
            "speaker_name": (TEXT, "Name from speakers.csv; null when the file does not name the speaker."),
        },
    ),
    Table(
        "main.event_engagement",
        "One row per event: how much time it drew.",
        {
            "event_id": EVENT_ID,
            "organization_id": (TEXT, "Zuddl's id of the organisation that holds the event."),
            "event_name": (TEXT, "Name of the event."),
            "session_count": SESSION_COUNT,
            "attendee_count": ATTENDEE_COUNT,
            "total_minutes": (MINUTES, "Sum of minutes_spent."),
            "mean_minutes_per_attendee": (MINUTES, "total_minutes / attendee_count."),
            "mean_sessions_per_attendee": (RATE, "attendances / attendee_count."),
        },
    ),
    Table(
        "main.session_engagement",
        "One row per event and session: how much time it drew and how far people stayed.",
        {
            "event_id": EVENT_ID,
            "session_id": SESSION_ID,
            "session_title": (TEXT, "Title of the session."),
            "starts_at": STARTS_AT,
            "ends_at": ENDS_AT,
            "scheduled_minutes": SCHEDULED_MINUTES,
            "location_name": (TEXT, "Name of the location, such as a stage."),
            "attendee_count": ATTENDEE_COUNT,
            "total_minutes": (MINUTES, "Sum of minutes_spent."),
            "mean_minutes": (MINUTES, "Mean of minutes_spent."),
            "median_minutes": (MINUTES, "Median of minutes_spent, interpolated linearly."),
            "p90_minutes": (MINUTES, "90th percentile of minutes_spent, interpolated linearly."),
            "mean_completion": MEAN_COMPLETION,
            "full_stay_rate": (
                RATE,
                "Share of attendances with a completion >= 0.9; null without a schedule.",
            ),
            "early_exit_rate": (
                RATE,
                "Share of attendances with a completion < 0.25; null without a schedule.",
            ),
        },
    ),
    Table(
        "main.attendee_engagement",
        "One row per event and registration: how engaged an attendee was.",
        {
            "event_id": EVENT_ID,
            "registration_id": REGISTRATION_ID,
            "first_name": (TEXT, "First name."),
            "last_name": (TEXT, "Last name."),
            "email": (TEXT, "Mail address."),
            "company": (TEXT, "Company."),
            "designation": (TEXT, "Job title."),
            "industry": (TEXT, "Industry."),
            "country": (TEXT, "Country."),
            "session_count": (COUNT, "Sessions attended."),
            "total_minutes": (MINUTES, "Sum of minutes_spent."),
            "mean_completion": MEAN_COMPLETION,
            "top_tag": (
                TEXT,
                "Tag with most of the attendee's minutes, full credit; ties: first alphabetically.",
            ),
            "engagement_score": (
                RATE,
                "100 * (0.6 * cume_dist(total_minutes) + 0.4 * cume_dist(session_count)) in the event, one decimal.",
            ),
            "engagement_rank": (
                COUNT,
                "1 for most total_minutes in the event; equal minutes, equal rank, gaps after.",
            ),
        },
    ),
    Table(
        "main.speaker_engagement",
        "One row per event and speaker; '(no speaker)' stands for sessions without one.",
        {
            "event_id": EVENT_ID,
            "speaker_id": (TEXT, "Zuddl's id of the speaker, or '(no speaker)'."),
            "speaker_name": (TEXT, "Name from speakers.csv; null when the file does not name the speaker."),
            "session_count": SESSION_COUNT,
            "attendee_count": ATTENDEE_COUNT,
            "total_minutes": FULL_CREDIT,
            "split_minutes": SPLIT_MINUTES,
            "mean_minutes": MEAN_PER_ATTENDANCE,
        },
    ),
    Table(
        "main.tag_engagement",
        "One row per event and tag; '(untagged)' stands for sessions without one.",
        {
            "event_id": EVENT_ID,
            "tag": (TEXT, "Tag of the session, or '(untagged)'."),
            "session_count": SESSION_COUNT,
            "attendee_count": ATTENDEE_COUNT,
            "total_minutes": FULL_CREDIT,
            "split_minutes": SPLIT_MINUTES,
            "mean_minutes": MEAN_PER_ATTENDANCE,
        },
    ),
)

DELIVERY_ID = (
    COUNT,
    "Number of the delivery, in the order of loading; unique over raw.deliveries and raw.quarantine.",
)
RECEIVED_AT = (TIME, "When the receiver accepted the delivery (UTC).")

RAW = (
    Table(
        "raw.deliveries",
        "One row per verified, usable delivery; other actions than TIME_SPENT_IN_SESSION are kept here too.",
        {
            "delivery_id": DELIVERY_ID,
            "action_id": (RANDOM_TEXT, "The payload's actionId; the body's SHA-256 when it has none."),
            "action": (TEXT, "What Zuddl says happened, such as TIME_SPENT_IN_SESSION."),
            "received_at": RECEIVED_AT,
            "body": (f"{TEXT} USING COMPRESSION zstd", "The exact text received."),
        },
    ),
    Table(
        "raw.quarantine",
        "One row per verified delivery that could not be used, kept for a rebuild to try again.",
        {
            "delivery_id": DELIVERY_ID,
            "action_id": (TEXT, "The payload's actionId; the body's SHA-256 when it has none."),
            "received_at": RECEIVED_AT,
            "reason": (
                TEXT,
                "not_json, not_object, missing_field, invalid_minutes, action_id_reused or unloadable.",
            ),
            "detail": (TEXT, "The field that is missing or wrong; for unloadable, what the engine said."),
            "body": (
                f"{TEXT} USING COMPRESSION zstd",
                "The text received; bytes that are no UTF-8 are shown as \\xNN.",
            ),
        },
    ),
    Table(
        "raw.loads",
        "One row per publication of the warehouse.",
        {
            "load_id": (COUNT, "Number of the publication, from 1."),
            "loaded_at": (TIME, "When the publication was made (UTC)."),
            "delivery_count": (COUNT, "Deliveries read from inboxes: stored + duplicates + quarantined."),
            "duplicate_count": (COUNT, "Deliveries that repeated an earlier one, and were dropped."),
            "quarantine_count": (COUNT, "Deliveries put into raw.quarantine."),
            "erased_count": (COUNT, "Stored deliveries, quarantined ones included, that an erasure removed."),
            "duration_seconds": ("DOUBLE", "Time that loading and transforming took, in seconds."),
            "inbox_positions": (
                "MAP(VARCHAR, BIGINT)",
                "For each inbox's id, the last of its delivery ids that is loaded: the watermark.",
            ),
        },
    ),
    Table(
        "raw.schema_version",
        "One row: which version of these tables the file holds. The loader upgrades an older file, by a rebuild.",
        {"schema_version": (COUNT, "Version of the tables; a file of the first release has no such table.")},
    ),
)

SESSION_VERSION = (COUNT, "Number of a session's description: the first delivery of its batch that carried it.")
ATTENDEE_VERSION = (COUNT, "Number of an attendee's description: the first delivery of its batch that carried it.")

STAGING = (
    Table(
        "staging.actions",
        "One row per usable TIME_SPENT_IN_SESSION action, typed. The marts are made from it and what it refers to.",
        {
            "delivery_id": DELIVERY_ID,
            "action_created_at": (TIME, "When Zuddl created the action (UTC)."),
            "event_id": EVENT_ID,
            "session_id": SESSION_ID,
            "registration_id": REGISTRATION_ID,
            "minutes_spent": (MINUTES, "Minutes that this action reports."),
            "session_version": SESSION_VERSION,
            "attendee_version": ATTENDEE_VERSION,
        },
    ),
    Table(
        "staging.action_keys",
        "One row per delivery in raw.deliveries or raw.quarantine: repeats are looked for by its key.",
        {
            "delivery_id": DELIVERY_ID,
            "action_key": ("UINTEGER", "32 bits of the MD5 of its action id; a few action ids share theirs."),
        },
    ),
    Table(
        "staging.session_versions",
        "One row per batch of deliveries and distinct description of a session in it, renamed and typed.",
        {
            "session_version": SESSION_VERSION,
            "organization_id": (TEXT, "Zuddl's id of the organisation."),
            "event_name": (TEXT, "Name of the event."),
            "session_title": (TEXT, "Title of the session."),
            "session_description": (TEXT, "Description of the session."),
            "starts_at": STARTS_AT,
            "ends_at": ENDS_AT,
            "location_id": (TEXT, "Zuddl's id of the location."),
            "location_name": (TEXT, "Name of the location."),
            "location_type": (TEXT, "Type of the location."),
            "speakers": (
                "STRUCT(speaker_id VARCHAR, speaker_url VARCHAR)[]",
                "The session's speakers; null when the payload does not carry the list.",
            ),
            "sponsors": (
                "STRUCT(sponsor_id VARCHAR, sponsor_url VARCHAR)[]",
                "The session's sponsors; null when the payload does not carry the list.",
            ),
            "tags": ("VARCHAR[]", "The session's tags; null when the payload does not carry the list."),
        },
    ),
    Table(
        "staging.attendee_versions",
        "One row per batch of deliveries and distinct description of an attendee in it, renamed and typed.",
        {
            "attendee_version": ATTENDEE_VERSION,
            "actor_id": (TEXT, "Zuddl's id of the person who acted."),
            "first_name": (TEXT, "First name."),
            "last_name": (TEXT, "Last name."),
            "email": (TEXT, "Mail address."),
            "company": (TEXT, "Company."),
            "designation": (TEXT, "Job title."),
            "headline": (TEXT, "Headline of the profile."),
            "industry": (TEXT, "Industry."),
            "country": (TEXT, "Country."),
        },
    ),
)

# Columns of `attendees` that say who somebody was.
PROFILE = ("company", "country", "designation", "industry")

SESSION_NUMBER = ("INTEGER", "Number of the event's session in this file; a rebuild numbers anew.")
ATTENDEE_NUMBER = ("INTEGER", "Number of the event's registration in this file; a rebuild numbers anew.")

NUMBERS = (
    Table(
        "numbers.time_spent",
        "One row per row of main.time_spent, with numbers for ids: to group it takes half the time and less.",
        {
            "session_number": SESSION_NUMBER,
            "attendee_number": ATTENDEE_NUMBER,
            "minutes_spent": (MINUTES, "Minutes spent, as in main.time_spent."),
        },
    ),
    Table(
        "numbers.sessions",
        "One row per event and session: its number.",
        {"session_number": SESSION_NUMBER, "event_id": EVENT_ID, "session_id": SESSION_ID},
    ),
    Table(
        "numbers.attendees",
        "One row per event and registration: its number, and what attendances are grouped by.",
        {
            "attendee_number": ATTENDEE_NUMBER,
            "event_id": EVENT_ID,
            "registration_id": REGISTRATION_ID,
            **{column: (TEXT, f"As main.attendees.{column}.") for column in PROFILE},
        },
    ),
)

TABLES = (*MARTS, *RAW, *STAGING, *NUMBERS)


def columns(table_name: str) -> list[str]:
    """Names of the table's columns."""
    return next(list(table.columns) for table in TABLES if table.name == table_name)


def create(connection: DuckDBPyConnection) -> None:
    """Create every schema and table, with their comments, in the connection's current database."""
    connection.execute("CREATE SCHEMA raw; CREATE SCHEMA staging; CREATE SCHEMA numbers")
    for table in TABLES:
        columns = ", ".join(f"{name} {column_type}" for name, (column_type, _) in table.columns.items())
        connection.execute(f"CREATE TABLE {table.name} ({columns})")
        connection.execute(f"COMMENT ON TABLE {table.name} IS {quoted(table.comment)}")
        for name, (_, comment) in table.columns.items():
            connection.execute(f"COMMENT ON COLUMN {table.name}.{name} IS {quoted(comment)}")
    connection.execute("INSERT INTO raw.schema_version VALUES (?)", [SCHEMA_VERSION])


def version(connection: DuckDBPyConnection) -> int:
    """The version of the tables in the connection's current database."""
    tables = connection.sql(
        "SELECT 1 FROM duckdb_tables() WHERE database_name = current_database() AND table_name = 'schema_version'"
    )
    if tables.fetchone() is None:
        return 1
    (found,) = connection.sql("SELECT schema_version FROM raw.schema_version").fetchall()[0]
    return int(found)


def quoted(text: str) -> str:
    """SQL literal of our own text, for statements that take no parameters."""
    return "'" + text.replace("'", "''") + "'"
