"""Raw: the deliveries as they were received, and the books of their loading."""

from warehouse.schema.table import COUNT, DELIVERY_ID, RANDOM_TEXT, TEXT, TIME, Table

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
