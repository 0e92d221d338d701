"""Taking deliveries in: each batch is stored, and the marts are made anew for the events that it touches."""

from collections.abc import Iterable, Iterator
from contextlib import closing

from duckdb import DuckDBPyConnection

from warehouse.marts.refresh import ACTIONS_PER_PASS, refreshing
from warehouse.settings import RepeatPolicy
from warehouse.staging.batches import Batch
from warehouse.staging.parse import stage
from warehouse.staging.read_ahead import read_ahead
from warehouse.staging.store import Absorbed, Absorber


def take_in(
    connection: DuckDBPyConnection, batches: Iterable[Batch], repeat_policy: RepeatPolicy
) -> Iterator[tuple[Absorbed, int]]:
    """Store batch after batch, and yield what became of each, and its position; the marts are right at the end.

    In a long backlog one event follows another. Those for which nothing came of late are made anew meanwhile, when it
    is worth a pass: so polars computes while the next are read and stored.
    """
    touched: set[str] = set()
    count = 0
    staged = ((batch, stage(batch.incoming)) for batch in batches)
    with (
        closing(read_ahead(staged)) as ahead,
        closing(Absorber(connection)) as absorber,
        refreshing(connection, repeat_policy) as refresh,
    ):
        for batch, parsed in ahead:
            absorbed = absorber.absorb(batch.incoming, parsed)
            yield absorbed, batch.position
            quiet = touched - absorbed.event_ids
            if quiet and count >= ACTIONS_PER_PASS:
                refresh(quiet)
                touched -= quiet
                count = 0
            touched |= absorbed.event_ids
            count += absorbed.delivery_count
        absorber.finish()
        refresh(touched)
