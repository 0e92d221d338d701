"""Taking a staged batch of deliveries into the warehouse: tell repeats from news, store each row once."""

from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple

import polars as pl
from duckdb import DuckDBPyConnection

from warehouse import schema
from warehouse.incoming import BATCH_COUNT, Incoming
from warehouse.staging import Parsed, joined_as_written

# Stored deliveries whose action ids come again. Their keys tell most others apart; of the few that are left, bodies are
# read by the numbers of their rows: in that way alone, however many they are, DuckDB unpacks only where they lie.
EARLIER = f"""
CREATE OR REPLACE TEMP TABLE earlier_keys AS
    SELECT delivery_id, action_key FROM staging.action_keys SEMI JOIN staged USING (action_key);

CREATE OR REPLACE TEMP TABLE earlier_rows AS
    SELECT rowid FROM raw.deliveries SEMI JOIN earlier_keys USING (delivery_id);

SET dynamic_or_filter_threshold = {2 * BATCH_COUNT};

CREATE OR REPLACE TEMP TABLE earlier AS
    SELECT delivery_id, action_id, body FROM raw.deliveries WHERE rowid IN (FROM earlier_rows)
    UNION ALL SELECT delivery_id, action_id, body FROM raw.quarantine SEMI JOIN earlier_keys USING (delivery_id);

RESET dynamic_or_filter_threshold;
"""

# `copies` are all deliveries that share an action id with one of the batch, and a few that share but its key: so
# bodies are compared only there. The batch's ids are above all stored ones: order by delivery_id is order of receipt.
VERDICTS = """
CREATE OR REPLACE TEMP TABLE suspects AS
    SELECT delivery_id, action_id
    FROM staged SEMI JOIN (
        SELECT action_key FROM (SELECT action_key FROM staged UNION ALL SELECT action_key FROM earlier_keys)
        GROUP BY action_key HAVING count(*) > 1
    ) USING (action_key);

CREATE OR REPLACE TEMP TABLE refused AS
    WITH copies AS (
        SELECT delivery_id, action_id, body, true AS is_new FROM incoming JOIN suspects USING (delivery_id)
        UNION ALL SELECT delivery_id, action_id, body, false FROM earlier
    ), verdicts AS (
        SELECT
            delivery_id,
            row_number() OVER (PARTITION BY action_id, body ORDER BY delivery_id) > 1 AS is_duplicate,
            row_number() OVER (PARTITION BY action_id ORDER BY delivery_id) > 1 AS is_reused
        FROM copies
        QUALIFY is_new
    )
    SELECT
        delivery_id,
        action_id,
        CASE WHEN is_duplicate THEN 'duplicate' WHEN is_reused THEN 'action_id_reused' ELSE staged.reason END AS reason,
        CASE WHEN NOT coalesce(is_reused, false) THEN staged.detail END AS detail
    FROM staged LEFT JOIN verdicts USING (delivery_id)
    WHERE staged.reason IS NOT NULL OR is_reused;

CREATE OR REPLACE TEMP VIEW accepted AS FROM staged ANTI JOIN refused USING (delivery_id);
CREATE OR REPLACE TEMP VIEW actions AS FROM accepted WHERE is_time_spent;
"""

STORE = f"""
INSERT INTO raw.quarantine BY NAME
    SELECT delivery_id, action_id, received_at, reason, detail, body
    FROM incoming JOIN refused USING (delivery_id) WHERE reason <> 'duplicate';
INSERT INTO staging.action_keys BY NAME
    SELECT delivery_id, action_key
    FROM staged ANTI JOIN (FROM refused WHERE reason = 'duplicate') USING (delivery_id);
INSERT INTO staging.actions BY NAME SELECT {schema.column_list("staging.actions")} FROM actions;
INSERT INTO staging.session_versions BY NAME
    SELECT {schema.column_list("staging.session_versions")}
    FROM described_sessions SEMI JOIN actions USING (session_version);
INSERT INTO staging.attendee_versions BY NAME
    SELECT {schema.column_list("staging.attendee_versions")}
    FROM described_attendees SEMI JOIN actions USING (attendee_version);
"""


FORGET = """
DROP VIEW actions; DROP VIEW accepted;
DROP TABLE earlier_keys; DROP TABLE earlier_rows; DROP TABLE earlier; DROP TABLE suspects; DROP TABLE refused;
"""


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
        relations = {
            "incoming": incoming.deliveries,
            "staged": parsed.deliveries,
            "described_sessions": parsed.sessions,
            "described_attendees": parsed.attendees,
        }
        for name, rows in relations.items():
            connection.register(name, rows)
        self.finish()
        connection.execute(EARLIER)
        with joined_as_written(connection):
            connection.execute(VERDICTS)
            accepted = connection.sql("SELECT delivery_id, action_id, action FROM accepted").pl()
            self._storing = self._thread.submit(self._store, pl.DataFrame(incoming.deliveries), accepted)
            connection.execute(STORE)
        [(duplicates, problems)] = connection.sql(
            "SELECT count(*) FILTER (reason = 'duplicate'), count(*) FROM refused"
        ).fetchall()
        events = connection.sql("SELECT DISTINCT event_id FROM actions").fetchall()
        connection.execute(FORGET)
        for name in relations:
            connection.unregister(name)
        return Absorbed(
            len(incoming.deliveries), duplicates, problems - duplicates, {event_id for (event_id,) in events}
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

    def _store(self, incoming: pl.DataFrame, accepted: pl.DataFrame) -> None:
        deliveries = incoming.select("delivery_id", "received_at", "body").join(accepted, on="delivery_id")
        self._beside.register("deliveries", deliveries.to_arrow(compat_level=pl.CompatLevel.newest()))
        self._beside.execute("INSERT INTO raw.deliveries BY NAME FROM temp.deliveries")
        self._beside.unregister("deliveries")
