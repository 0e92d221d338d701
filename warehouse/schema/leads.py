"""Leads: people whom exhibitors noted."""

from warehouse.schema.shared_columns import PERSON, shared
from warehouse.schema.table import TEXT, TIME, Column, Table

LEAD_ID = Column("lead_id", TEXT, "Zuddl's id of the lead.")
LEAD = (
    *(column for column in PERSON if column.name in {"first_name", "last_name", "email", "company", "designation"}),
    Column("rating", "DOUBLE", "Rating of the lead, a number; null when the exhibitor gave none."),
    Column("lead_status", TEXT, "Status of the lead, such as QUALIFIED."),
    Column("added_by_name", TEXT, "Who added the lead."),
    Column("created_at", TIME, "When the lead was added (UTC)."),
)

LEADS = (
    Table("main.leads", "One row per event and lead: the latest description.", (*shared("event_id"), LEAD_ID, *LEAD)),
)
