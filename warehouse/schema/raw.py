"""Raw: the deliveries as they were received, and the load log."""

from warehouse.schema.shared_columns import shared
from warehouse.schema.table import COUNT, RANDOM, TEXT, TIME, Column, Table

ACTION_ID = "The payload's actionId; the body's SHA-256 when it has none."
REASON = "not_json, not_object, missing_field, invalid_minutes, action_id_reused or unloadable."
BODY = "The exact text received. JSON functions fail on a byte order mark or half an emoji: ask json_valid(body) first."
POSITIONS = "The watermarks: by inbox id, the last delivery id of that inbox that is loaded."

RAW = (
    Table(
        "raw.deliveries",
        "One row per verified, usable delivery, of TIME_SPENT_IN_SESSION and of every other action.",
        (
            *shared("delivery_id"),
            Column("action_id", TEXT, ACTION_ID, RANDOM),
            Column("action", TEXT, "What Zuddl says happened, such as TIME_SPENT_IN_SESSION."),
            *shared("received_at load_id"),
            Column("body", TEXT, BODY, "zstd"),
        ),
    ),
    Table(
        "raw.repeats",
        "One row per verified delivery that repeats another one: the same action id, and the same content.",
        (
            *shared("delivery_id"),
            Column("first_delivery_id", COUNT, "The delivery that it repeats, in raw.deliveries or raw.quarantine."),
            *shared("received_at load_id"),
        ),
    ),
    Table(
        "raw.quarantine",
        "One row per verified delivery that could not be used; a rebuild tries each again.",
        (
            *shared("delivery_id"),
            Column("action_id", TEXT, ACTION_ID),
            *shared("received_at load_id"),
            Column("reason", TEXT, REASON),
            Column("detail", TEXT, "The field that is missing or wrong; for unloadable, what went wrong."),
            Column("body", TEXT, "The text received; bytes that are no UTF-8 are written as \\xNN.", "zstd"),
        ),
    ),
    Table(
        "raw.loads",
        "One row per load: one run that published the warehouse.",
        (
            Column("load_id", COUNT, "Id of the load, counted from 1."),
            Column("loaded_at", TIME, "When the load ended (UTC)."),
            Column("delivery_count", COUNT, "Deliveries read from inboxes: stored + duplicates + quarantined."),
            Column(
                "duplicate_count",
                COUNT,
                "Deliveries that repeat an earlier one: raw.repeats notes them without their text.",
            ),
            Column("quarantine_count", COUNT, "Deliveries put into raw.quarantine."),
            Column("erased_count", COUNT, "Deliveries that an erasure removed from raw.deliveries and raw.quarantine."),
            Column("duration_seconds", "DOUBLE", "Seconds that the load took."),
            Column("inbox_positions", "MAP(VARCHAR, BIGINT)", POSITIONS),
        ),
    ),
    Table(
        "raw.settings",
        "One row: the settings that shaped the figures of this file. Only a rebuild changes them.",
        (Column("repeat_policy", TEXT, "latest or sum: what several actions for one attendee and session mean."),),
    ),
    Table(
        "raw.schema_version",
        "One row: the version of the tables in this file. The loader upgrades an older file by a rebuild.",
        (Column("schema_version", COUNT, "Version of the tables; a file of the first release has no such table."),),
    ),
)
