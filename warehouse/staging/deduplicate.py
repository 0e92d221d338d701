"""Deduplicating: telling repeats of a delivery from new ones, in a batch and against all that is stored.

The same action id with the same content is one delivery. The same action id with other content is quarantined.
"""

import polars as pl
from duckdb import DuckDBPyConnection

from warehouse.staging.same_content import content_key
from warehouse.storage.append import stream

KEYS = "SELECT delivery_id, action_key FROM staging.action_keys SEMI JOIN parsed USING (action_key)"
# Bodies are read by rowid: DuckDB then unpacks only the blocks in which they lie. It does so for lists of rowids below
# this threshold. The threshold holds for every join, so that it is reset afterwards.
EARLIER_ROWS = """
CREATE TEMP TABLE earlier_rows AS SELECT rowid FROM raw.deliveries SEMI JOIN earlier_keys USING (delivery_id);
SET dynamic_or_filter_threshold = {};
"""
EARLIER = """
SELECT delivery_id, action_id, body FROM raw.deliveries WHERE rowid IN (FROM earlier_rows)
UNION ALL SELECT delivery_id, action_id, body FROM raw.quarantine SEMI JOIN earlier_keys USING (delivery_id)
"""
FORGET_ROWS = "RESET dynamic_or_filter_threshold; DROP TABLE earlier_rows"


def deduplicate(connection: DuckDBPyConnection, parsed: pl.DataFrame, bodies: pl.DataFrame) -> pl.DataFrame:
    """The parsed deliveries, whose `reason` also says `duplicate` (of `first_delivery_id`) or `action_id_reused`.

    Args:
        connection: to the warehouse; all its delivery ids are below those of `parsed`.
        parsed: `Parsed.deliveries`.
        bodies: their `delivery_id` and `body`.
    """
    return judge(parsed, bodies, earlier_deliveries(connection, parsed))


def earlier_deliveries(connection: DuckDBPyConnection, parsed: pl.DataFrame) -> pl.DataFrame:
    """Stored deliveries that share their action key with a parsed one: `delivery_id, action_id, action_key, body`."""
    connection.register("parsed", stream(parsed.select("action_key")))
    keys = connection.sql(KEYS).pl()
    connection.unregister("parsed")
    if keys.is_empty():  # the usual case; DuckDB would unpack some bodies before it sees that it needs none
        return keys.with_columns(pl.lit(None, pl.String).alias(text) for text in ("action_id", "body"))
    connection.register("earlier_keys", keys)
    connection.execute(EARLIER_ROWS.format(len(keys) + 1))
    earlier = connection.sql(EARLIER).pl().join(keys, on="delivery_id")
    connection.execute(FORGET_ROWS)
    connection.unregister("earlier_keys")
    return earlier


def judge(parsed: pl.DataFrame, bodies: pl.DataFrame, earlier: pl.DataFrame) -> pl.DataFrame:
    """The parsed deliveries with their verdict: of each action id, and of each content of it, the first one counts."""
    key = pl.col("action_key")
    suspects = parsed.filter(key.is_duplicated() | key.is_in(earlier["action_key"].implode()))
    new = suspects.select("delivery_id", "action_id").join(bodies.select("delivery_id", "body"), on="delivery_id")
    # A batch's delivery ids are above all stored ones, so that their order is the order of arrival.
    copies = pl.concat([earlier.select(new.columns), new]).sort("delivery_id")
    # Mostly all bodies of an action id are the same bytes. Only the others are read as JSON, at 0.1 ms each.
    differing = pl.when(pl.col("body").n_unique().over("action_id") > 1).then("body")
    copies = copies.with_columns(content=differing.map_elements(content_key, pl.String))
    verdicts = copies.select(
        "delivery_id",
        is_duplicate=pl.int_range(pl.len()).over("action_id", "content") > 0,
        first_delivery_id=pl.col("delivery_id").first().over("action_id", "content"),
        is_reused=pl.int_range(pl.len()).over("action_id") > 0,
    )
    return parsed.join(verdicts, on="delivery_id", how="left", maintain_order="left").with_columns(
        reason=pl.when("is_duplicate")
        .then(pl.lit("duplicate"))
        .when("is_reused")
        .then(pl.lit("action_id_reused"))
        .otherwise("reason"),
        detail=pl.when(pl.col("is_reused").fill_null(value=False)).then(None).otherwise("detail"),
    )
