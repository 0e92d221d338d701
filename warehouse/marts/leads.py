"""Leads: the latest description of each. The step for the touched leads."""

import polars as pl
from duckdb import DuckDBPyConnection

from warehouse.marts import touched
from warehouse.marts.facts import latest_fields
from warehouse.marts.replace import replace
from warehouse.marts.unloadable import derive_what_can_be
from warehouse.schema.leads import LEAD

KEYS = ["event_id", "lead_id"]
STORED = "FROM staging.leads SEMI JOIN wanted_leads USING (event_id, lead_id)"


def refresh(connection: DuckDBPyConnection, max_weight: int) -> None:
    """Derive the touched leads."""
    for _ in touched.slices(connection, "leads", max_weight):
        rows = derive_what_can_be(connection, lambda: connection.sql(STORED).pl(), leads)
        replace(connection, "main.leads", "wanted_leads", KEYS, rows)


def leads(descriptions: pl.DataFrame) -> pl.DataFrame:
    """One row per event and lead; each field from the latest action that carries it."""
    ordered = descriptions.sort("action_created_at", "delivery_id", nulls_last=False)
    return latest_fields(ordered, KEYS, [column.name for column in LEAD])
