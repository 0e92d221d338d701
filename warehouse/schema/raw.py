"""Raw: the deliveries as they were received, and the load log."""

from warehouse.schema.shared_columns import DELIVERY_ID
from warehouse.schema.table import COUNT, RANDOM_TEXT, TEXT, TIME, Table

RECEIVED_AT = (TIME, "When the receiver accepted the delivery (UTC).")

RAW = (
    Table(
        "raw.deliveries",
        "One row per verified, usable delivery, of TIME_SPENT_IN_SESSION and of every other action.",
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
        "One row per verified delivery that could not be used; a rebuild tries each again.",
        {
            "delivery_id": DELIVERY_ID,
            "action_id": (TEXT, "The payload's actionId; the body's SHA-256 when it has none."),
            "received_at": RECEIVED_AT,
            "reason": (TEXT, "not_json, not_object, missing_field, invalid_minutes, action_id_reused or unloadable."),
            "detail": (TEXT, "The field that is missing or wrong; for unloadable, DuckDB's error."),
            "body": (
                f"{TEXT} USING COMPRESSION zstd",
                "The text received; bytes that are no UTF-8 are written as \\xNN.",
            ),
        },
    ),
    Table(
        "raw.loads",
        "One row per load: one run that published the warehouse.",
        {
            "load_id": (COUNT, "Id of the load, counted from 1."),
            "loaded_at": (TIME, "When the load ended (UTC)."),
            "delivery_count": (COUNT, "Deliveries read from inboxes: stored + duplicates + quarantined."),
            "duplicate_count": (COUNT, "Deliveries that repeat an earlier one; they are dropped."),
            "quarantine_count": (COUNT, "Deliveries put into raw.quarantine."),
            "erased_count": (COUNT, "Deliveries that an erasure removed from raw.deliveries and raw.quarantine."),
            "duration_seconds": ("DOUBLE", "Seconds that the load took."),
            "inbox_positions": (
                "MAP(VARCHAR, BIGINT)",
                "The watermarks: by inbox id, the last delivery id of that inbox that is loaded.",
            ),
        },
    ),
    Table(
        "raw.schema_version",
        "One row: the version of the tables in this file. The loader upgrades an older file by a rebuild.",
        {"schema_version": (COUNT, "Version of the tables; a file of the first release has no such table.")},
    ),
)
