"""Taking a staged batch of deliveries into the warehouse: tell repeats from news, store each row once."""

from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple

import polars as pl
from duckdb import DuckDBPyConnection

from warehouse.staging.batches import BATCH_COUNT, Incoming
from warehouse.staging.parse import Parsed
from warehouse.storage.append import append, stream

# Stored deliveries whose action ids come again. Their keys tell most others apart; of the few that are left, bodies are
# read by the numbers of their rows: in that way alone, however many they are, DuckDB unpacks only where they lie.
EARLIER_KEYS = "SELECT delivery_id, action_key FROM staging.action_keys SEMI JOIN staged USING (action_key)"
EARLIER_ROWS = f"""
CREATE TEMP TABLE earlier_rows AS SELECT rowid FROM raw.deliveries SEMI JOIN earlier_keys USING (delivery_id);
SET dynamic_or_filter_threshold = {2 * BATCH_COUNT};
"""
EARLIER = """
SELECT delivery_id, action_id, body FROM raw.deliveries WHERE rowid IN (FROM earlier_rows)
UNION ALL SELECT delivery_id, action_id, body FROM raw.quarantine SEMI JOIN earlier_keys USING (delivery_id)
"""
FORGET_ROWS = "RESET dynamic_or_filter_threshold; DROP TABLE earlier_rows"


class Absorbed(NamedTuple):
    """What became of a batch: how many deliveries of each kind, and the events whose facts changed."""

    delivery_count: int
    duplicate_count: int
    quarantine_count: int
    event_ids: set[str]


class Absorber:
    """Takes staged batches into the warehouse, one after the other; to be closed.

    The deliveries themselves, with their bodies, are most of the work: another thread stores them, while their actions
    are stored and marts are made. Both write to a draft, which is published whole or not at all.
    """

    def __init__(self, connection: DuckDBPyConnection) -> None:
        self._connection = connection
        self._beside = connection.cursor()
        self._beside.execute("USE warehouse")
        self._thread = ThreadPoolExecutor(1)
        self._storing: Future[None] | None = None

    def absorb(self, incoming: Incoming, parsed: Parsed) -> Absorbed:
        """Store deliveries, and what `stage` made of them; their ids must be above every stored one.

        They are in `raw.deliveries` themselves only at the next call, or after `finish`.
        """
        connection = self._connection
        received = pl.DataFrame(incoming.deliveries).select("delivery_id", "received_at", "body")
        staged = pl.DataFrame(parsed.deliveries)
        self.finish()
        judged = _judged(staged, received, self._earlier(staged))
        accepted = judged.filter(pl.col("reason").is_null())
        refused = judged.filter(pl.col("reason") != "duplicate")
        actions = accepted.filter("is_time_spent")

        stored = accepted.select("delivery_id", "action_id", "action")
        self._storing = self._thread.submit(self._store_deliveries, received, stored)
        append(connection, "raw.quarantine", received.join(refused, on="delivery_id"))
        append(connection, "staging.action_keys", pl.concat([accepted, refused]))
        append(connection, "staging.actions", actions)
        for what, described in (("session", parsed.sessions), ("attendee", parsed.attendees)):
            rows = pl.DataFrame(described).join(actions, on=f"{what}_version", how="semi")
            append(connection, f"staging.{what}_versions", rows)
        return Absorbed(
            len(received),
            duplicate_count=len(received) - len(accepted) - len(refused),
            quarantine_count=len(refused),
            event_ids=set(actions["event_id"].unique()),
        )

    def finish(self) -> None:
        """Wait until all deliveries are stored."""
        if self._storing is not None:
            self._storing.result()
            self._storing = None

    def close(self) -> None:
        """Store no more."""
        self._thread.shutdown()
        self._beside.close()

    def _earlier(self, staged: pl.DataFrame) -> pl.DataFrame:
        connection = self._connection
        connection.register("staged", stream(staged.select("action_key")))
        keys = connection.sql(EARLIER_KEYS).pl()
        connection.unregister("staged")
        if keys.is_empty():  # else DuckDB would unpack some bodies before it sees that it needs none
            return keys.with_columns(pl.lit(None, pl.String).alias(text) for text in ("action_id", "body"))
        connection.register("earlier_keys", keys)
        connection.execute(EARLIER_ROWS)
        earlier = connection.sql(EARLIER).pl().join(keys, on="delivery_id")
        connection.execute(FORGET_ROWS)
        connection.unregister("earlier_keys")
        return earlier

    def _store_deliveries(self, received: pl.DataFrame, stored: pl.DataFrame) -> None:
        append(self._beside, "raw.deliveries", received.join(stored, on="delivery_id"))


def _judged(staged: pl.DataFrame, received: pl.DataFrame, earlier: pl.DataFrame) -> pl.DataFrame:
    """The staged rows, `reason` also telling repeats: of each action id, and each text with it, the first one counts.

    Args:
        staged: `Parsed.deliveries`.
        received: their bodies, by `delivery_id`.
        earlier: `delivery_id, action_id, action_key, body` of stored ones, all that share a key with a staged one.
    """
    key = pl.col("action_key")
    suspects = staged.filter(key.is_duplicated() | key.is_in(earlier["action_key"].implode()))
    new = suspects.select("delivery_id", "action_id").join(received.select("delivery_id", "body"), on="delivery_id")
    # The batch's ids are above all stored ones: in their order, whatever came first comes first.
    copies = pl.concat([earlier.select(new.columns), new]).sort("delivery_id")
    verdicts = copies.select(
        "delivery_id",
        is_duplicate=pl.int_range(pl.len()).over("action_id", "body") > 0,
        is_reused=pl.int_range(pl.len()).over("action_id") > 0,
    )
    return staged.join(verdicts, on="delivery_id", how="left").with_columns(
        reason=pl.when("is_duplicate")
        .then(pl.lit("duplicate"))
        .when("is_reused")
        .then(pl.lit("action_id_reused"))
        .otherwise("reason"),
        detail=pl.when(pl.col("is_reused").fill_null(value=False)).then(None).otherwise("detail"),
    )
