"""Storing a batch: each delivery becomes a row of one table of `raw`; what it says is kept typed in `staging`."""

from typing import NamedTuple

import polars as pl
from duckdb import DuckDBPyConnection

from warehouse.staging.batches import Batch
from warehouse.staging.faults import field_faults
from warehouse.staging.parse import Parsed
from warehouse.storage.append import append


class Stored(NamedTuple):
    """What became of a batch: its deliveries by outcome. `position` is the id of its last delivery in its inbox."""

    delivery_count: int
    duplicate_count: int
    quarantine_count: int
    position: int
    inbox_id: str


def store(connection: DuckDBPyConnection, batch: Batch, parsed: Parsed, deduplicated: pl.DataFrame) -> Stored:
    """Append the batch to the tables of `raw` and `staging`.

    Args:
        connection: to the warehouse, which may be written.
        batch: the deliveries as they came.
        parsed: what they say.
        deduplicated: `parsed.deliveries`, with the reasons of those that are not used.
    """
    received = batch.deliveries.select("delivery_id", "load_id", "received_at", "body")
    accepted = deduplicated.filter(pl.col("reason").is_null())
    repeats = deduplicated.filter(pl.col("reason") == "duplicate").select("delivery_id", "first_delivery_id")
    quarantined = deduplicated.filter(pl.col("reason") != "duplicate")
    accepted_texts = accepted.select("delivery_id", "action_id", "action")
    others = accepted.filter(~pl.col("is_time_spent")).join(received.drop("body"), on="delivery_id")
    leads = accepted.select("delivery_id", "event_id", "action_created_at", "target_version").join(
        parsed.targets, on="target_version"
    )
    append(connection, "raw.deliveries", received.join(accepted_texts, on="delivery_id", maintain_order="left"))
    append(connection, "raw.repeats", received.join(repeats, on="delivery_id", maintain_order="left"))
    append(connection, "raw.quarantine", received.join(quarantined, on="delivery_id", maintain_order="left"))
    append(connection, "staging.action_keys", pl.concat([accepted, quarantined]))
    append(connection, "staging.actions", accepted)
    append(connection, "main.actions", others)
    append(connection, "staging.leads", leads.filter(pl.col("lead_id").is_not_null()))
    append(connection, "staging.field_faults", field_faults(batch, parsed, accepted))
    for kind, descriptions in (("session", parsed.sessions), ("attendee", parsed.attendees)):
        used = descriptions.join(accepted, on=f"{kind}_version", how="semi", maintain_order="left")
        append(connection, f"staging.{kind}_versions", used)
    return Stored(
        len(received),
        duplicate_count=len(repeats),
        quarantine_count=len(quarantined),
        position=batch.position,
        inbox_id=batch.inbox_id,
    )
