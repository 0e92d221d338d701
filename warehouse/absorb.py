"""Taking a staged batch of deliveries into the warehouse: tell repeats from news, store each row once."""

from typing import NamedTuple

from duckdb import DuckDBPyConnection

from warehouse import schema
from warehouse.incoming import BATCH_COUNT, Incoming
from warehouse.staging import Parsed, joined_as_written

# Stored deliveries whose action ids come again. Their keys tell most others apart, their ids the rest; bodies are read
# last, by the numbers of their rows: in that way alone, however many they are, DuckDB unpacks only where they lie.
EARLIER = f"""
SET dynamic_or_filter_threshold = {BATCH_COUNT};

CREATE OR REPLACE TEMP TABLE earlier_ids AS
    SELECT delivery_id FROM staging.action_keys SEMI JOIN staged USING (action_key);

CREATE OR REPLACE TEMP TABLE earlier_rows AS
    SELECT rowid FROM raw.deliveries SEMI JOIN earlier_ids USING (delivery_id) SEMI JOIN staged USING (action_id);

CREATE OR REPLACE TEMP TABLE earlier AS
    SELECT delivery_id, action_id, body FROM raw.deliveries WHERE rowid IN (FROM earlier_rows)
    UNION ALL SELECT delivery_id, action_id, body FROM raw.quarantine SEMI JOIN earlier_ids USING (delivery_id);
"""

# `copies` are all deliveries that share an action id with one of the batch: few, so bodies are compared only there.
# The batch's ids are above all stored ones, so order by delivery_id is order of receipt.
VERDICTS = """
CREATE OR REPLACE TEMP TABLE repeated AS
    SELECT action_id FROM (SELECT action_id FROM staged UNION ALL SELECT action_id FROM earlier)
    GROUP BY action_id HAVING count(*) > 1;

CREATE OR REPLACE TEMP TABLE verdicts AS
    WITH suspects AS (FROM staged SEMI JOIN repeated USING (action_id)),
    copies AS (
        SELECT delivery_id, action_id, body, true AS is_new FROM incoming JOIN suspects USING (delivery_id)
        UNION ALL SELECT delivery_id, action_id, body, false FROM earlier
    )
    SELECT
        delivery_id,
        row_number() OVER (PARTITION BY action_id, body ORDER BY delivery_id) > 1 AS is_duplicate,
        row_number() OVER (PARTITION BY action_id ORDER BY delivery_id) > 1 AS is_reused
    FROM copies
    QUALIFY is_new;

CREATE OR REPLACE TEMP TABLE judged AS
    SELECT staged.* REPLACE (
        CASE WHEN is_duplicate THEN 'duplicate' WHEN is_reused THEN 'action_id_reused' ELSE reason END AS reason,
        CASE WHEN NOT coalesce(is_reused, false) THEN detail END AS detail
    )
    FROM staged LEFT JOIN verdicts USING (delivery_id);
"""

STORE = f"""
INSERT INTO raw.deliveries BY NAME
    SELECT delivery_id, action_id, action, incoming.received_at, body
    FROM incoming JOIN judged USING (delivery_id) WHERE reason IS NULL;
INSERT INTO raw.quarantine BY NAME
    SELECT delivery_id, action_id, incoming.received_at, reason, detail, body
    FROM incoming JOIN judged USING (delivery_id) WHERE reason <> 'duplicate';
INSERT INTO staging.action_keys BY NAME
    SELECT delivery_id, action_key FROM judged WHERE reason IS DISTINCT FROM 'duplicate';
CREATE OR REPLACE TEMP VIEW actions AS FROM judged WHERE reason IS NULL AND is_time_spent;
INSERT INTO staging.actions BY NAME SELECT {schema.column_list("staging.actions")} FROM actions;
INSERT INTO staging.session_versions BY NAME
    SELECT {schema.column_list("staging.session_versions")}
    FROM described_sessions SEMI JOIN actions USING (session_version);
INSERT INTO staging.attendee_versions BY NAME
    SELECT {schema.column_list("staging.attendee_versions")}
    FROM described_attendees SEMI JOIN actions USING (attendee_version);
"""


class Absorbed(NamedTuple):
    """What became of a batch: how many deliveries of each kind, and the events whose facts changed."""

    delivery_count: int
    duplicate_count: int
    quarantine_count: int
    event_ids: set[str]


def absorb(connection: DuckDBPyConnection, incoming: Incoming, parsed: Parsed) -> Absorbed:
    """Store deliveries, and what `stage` made of them; their ids must be above every stored one."""
    relations = {
        "incoming": incoming.deliveries,
        "staged": parsed.deliveries,
        "described_sessions": parsed.sessions,
        "described_attendees": parsed.attendees,
    }
    for name, rows in relations.items():
        connection.register(name, rows)
    connection.execute(EARLIER)
    with joined_as_written(connection):
        connection.execute(VERDICTS)
        connection.execute(STORE)
    [(duplicates, problems)] = connection.sql(
        "SELECT count(*) FILTER (reason = 'duplicate'), count(reason) FROM judged"
    ).fetchall()
    events = connection.sql("SELECT DISTINCT event_id FROM actions").fetchall()
    connection.execute("DROP VIEW actions")
    for table in ("earlier_ids", "earlier_rows", "earlier", "repeated", "verdicts", "judged"):
        connection.execute(f"DROP TABLE {table}")
    for name in relations:
        connection.unregister(name)
    return Absorbed(len(incoming.deliveries), duplicates, problems - duplicates, {event_id for (event_id,) in events})
