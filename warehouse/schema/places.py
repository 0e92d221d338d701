"""Places: booths, rooms and stages, and who was there."""

from warehouse.schema.shared_columns import shared
from warehouse.schema.table import COUNT, MINUTES, Column, Table

PLACES = (
    Table(
        "main.place_engagement",
        "One row per event, place type and place with a visitor.",
        (
            *shared("event_id place_type place_id place_name"),
            Column("visitor_count", COUNT, "Distinct registrations with a JOINED_* or TIME_SPENT_IN_* there."),
            Column("attendee_count", COUNT, "Distinct registrations with minutes there."),
            Column("total_minutes", MINUTES, "Sum of their minutes; several actions of one follow REPEAT_POLICY."),
            Column("mean_minutes", MINUTES, "total_minutes / attendee_count; null when nobody has minutes there."),
        ),
    ),
)
