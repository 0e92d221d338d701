"""The pipeline from batches of deliveries to figures: read, split, parse, deduplicate, store, refresh."""

from collections.abc import Callable, Iterable
from contextlib import closing, nullcontext

from duckdb import DuckDBPyConnection

from warehouse.limits import DEFAULT_LIMITS, Limits
from warehouse.marts.refresh import refresh
from warehouse.settings import RepeatPolicy
from warehouse.staging.batches import Batch
from warehouse.staging.deduplicate import deduplicate
from warehouse.staging.parse import parse
from warehouse.staging.read_ahead import read_ahead
from warehouse.staging.store import Stored, store
from warehouse.storage.enough_memory import Memory


def run(  # noqa: PLR0913, PLR0917 -- what its callers decide
    connection: DuckDBPyConnection,
    batches: Iterable[Batch],
    policy: RepeatPolicy,
    on_batch: Callable[[Stored], None],
    limits: Limits = DEFAULT_LIMITS,
    memory: Memory = "usual",
) -> None:
    """Store all batches, then refresh the marts of the sessions and attendees that they touched.

    Args:
        connection: to the warehouse, which may be written.
        batches: read and split while they are taken. The next one is read and split, which takes half of the time,
            while DuckDB parses and stores the one before.
        policy: what several actions for one attendee and session mean.
        on_batch: called after each batch.
        limits: bounds of a pass over the marts.
        memory: in a second attempt no batch is read ahead. It would need room too, and a thread that finds none for
            itself never starts: Python waits for it for ever (`threading.Thread.start`).
    """
    first_delivery_id: int | None = None
    with closing(read_ahead(iter(batches))) if memory == "usual" else nullcontext(batches) as taken:
        for batch in taken:
            parsed = parse(batch)
            deduplicated = deduplicate(connection, parsed.deliveries, batch.deliveries)
            stored = store(connection, batch, parsed, deduplicated)
            if first_delivery_id is None:
                first_delivery_id = batch.deliveries["delivery_id"][0]
            on_batch(stored)
    if first_delivery_id is not None:
        refresh(connection, first_delivery_id, policy, limits.actions_per_pass)
