"""Checking: do the books balance, and do the marts say what a second, independent derivation says?"""

from collections.abc import Iterator
from contextlib import closing
from typing import NamedTuple

from duckdb import DuckDBPyConnection

from warehouse.inbox.sqlite_queue import Inbox
from warehouse.marts.reference import REDERIVED, Rederived
from warehouse.schema import PROFILE
from warehouse.settings import WarehouseSettings
from warehouse.staging import parse
from warehouse.staging.batches import incoming
from warehouse.storage import load_log, reader

BATCH_COUNT = 20_000
BATCH_BYTES = 64 * 1024 * 1024
# Sums of the same minutes in another order differ in the last digits, and a rounded score then by one decimal.
TOLERANCE = {"engagement_score": 0.11}
RELATIVE_TOLERANCE = 1e-6


class Finding(NamedTuple):
    """One thing that was checked, and what was found where it must be nothing."""

    name: str
    fault_count: int
    detail: str

    @property
    def is_good(self) -> bool:
        """Whether all is as it must be."""
        return self.fault_count == 0


def check(settings: WarehouseSettings) -> Iterator[Finding]:
    """Look at the published generation, whatever is going on meanwhile, one finding after the other.

    Raises:
        reader.WarehouseMissing: nothing has been published yet.
    """
    with reader.connect(settings.warehouse_path) as connection:
        yield _books(connection)
        yield _numbers(connection)
        yield _keys(connection)
        yield _staged(connection)
        yield _numbered(connection)
        yield _profiles(connection)
        if settings.inbox_path.exists():
            with closing(Inbox(settings.inbox_path)) as inbox:
                yield _inbox(connection, inbox)
        for name, rederived in REDERIVED.items():
            yield _mart(connection, name, rederived, settings.repeat_policy)


def _books(connection: DuckDBPyConnection) -> Finding:
    [(received, duplicates, erased, stored, quarantined)] = connection.sql("""
        SELECT coalesce(sum(delivery_count), 0)::BIGINT, coalesce(sum(duplicate_count), 0)::BIGINT,
               coalesce(sum(erased_count), 0)::BIGINT,
               (SELECT count(*) FROM raw.deliveries), (SELECT count(*) FROM raw.quarantine)
        FROM raw.loads
    """).fetchall()
    fault = abs(received - stored - duplicates - quarantined - erased)
    detail = f"{received} = {stored} + {duplicates} + {quarantined} + {erased}"
    return Finding("all that was received is in the books", fault, detail)


def _numbers(connection: DuckDBPyConnection) -> Finding:
    [(count, distinct)] = connection.sql("""
        SELECT count(*), count(DISTINCT delivery_id)
        FROM (SELECT delivery_id FROM raw.deliveries UNION ALL SELECT delivery_id FROM raw.quarantine)
    """).fetchall()
    return Finding("each delivery has a number of its own", count - distinct, f"{count} deliveries")


def _keys(connection: DuckDBPyConnection) -> Finding:
    """Without its key, a delivery that comes again would count twice."""
    [(fault, count)] = connection.sql(f"""
        SELECT count(*) FILTER (stored.action_key IS DISTINCT FROM kept.action_key), count(*)
        FROM (
            SELECT delivery_id, {parse.ACTION_KEY} AS action_key
            FROM (SELECT delivery_id, action_id FROM raw.deliveries
                  UNION ALL SELECT delivery_id, action_id FROM raw.quarantine)
        ) AS stored
        FULL JOIN staging.action_keys AS kept USING (delivery_id)
    """).fetchall()
    return Finding("each delivery's repeats would be found", fault, f"{count} keys")


def _staged(connection: DuckDBPyConnection) -> Finding:
    [(fault, count)] = connection.sql(f"""
        SELECT count(*) FILTER (a.delivery_id IS NULL OR d.delivery_id IS NULL), count(*)
        FROM (SELECT delivery_id FROM raw.deliveries WHERE action = '{parse.TIME_SPENT_IN_SESSION}') AS d
        FULL JOIN staging.actions AS a USING (delivery_id)
    """).fetchall()
    return Finding("each time-spent delivery is staged", fault, f"{count} actions")


def _numbered(connection: DuckDBPyConnection) -> Finding:
    [(fault, count)] = connection.sql("""
        SELECT count(*) FILTER (a.minutes_spent IS DISTINCT FROM b.minutes_spent), count(*)
        FROM time_spent AS a
        FULL JOIN (
            FROM surrogate_keys.time_spent
            JOIN surrogate_keys.sessions USING (session_key)
            JOIN (SELECT attendee_key, registration_id FROM surrogate_keys.attendees) USING (attendee_key)
        ) AS b USING (event_id, session_id, registration_id)
    """).fetchall()
    return Finding("each attendance has its surrogate keys", fault, f"{count} attendances")


def _profiles(connection: DuckDBPyConnection) -> Finding:
    differs = " OR ".join(f"a.{column} IS DISTINCT FROM b.{column}" for column in PROFILE)
    [(fault, count)] = connection.sql(f"""
        SELECT count(*) FILTER (b.attendee_key IS NULL OR {differs}), count(*)
        FROM attendees AS a LEFT JOIN surrogate_keys.attendees AS b USING (event_id, registration_id)
    """).fetchall()
    return Finding("each attendee's key has the profile", fault, f"{count} attendees")


def _inbox(connection: DuckDBPyConnection, inbox: Inbox) -> Finding:
    """Every delivery at or below the watermark must be in raw, by its action id."""
    watermark = load_log.inbox_positions(connection).get(inbox.inbox_id, 0)
    position = count = missing = 0
    while deliveries := inbox.read_after(position, max_count=BATCH_COUNT, max_bytes=BATCH_BYTES):
        loaded = [delivery for delivery in deliveries if delivery.delivery_id <= watermark]
        if loaded:
            connection.register("staged", parse.stage(incoming(loaded, 1)).deliveries)
            [(unknown,)] = connection.sql("""
                SELECT count(*) FROM staged
                ANTI JOIN raw.deliveries USING (action_id) ANTI JOIN raw.quarantine USING (action_id)
            """).fetchall()
            missing += unknown
            count += len(loaded)
        position = deliveries[-1].delivery_id
        if position >= watermark:
            break
    return Finding("each loaded inbox row is accounted for", missing, f"{count} rows")


def _mart(connection: DuckDBPyConnection, name: str, rederived: Rederived, policy: str) -> Finding:
    parameters = {"policy": policy} if "$policy" in rederived.query else {}
    connection.execute(f"CREATE OR REPLACE TEMP TABLE expected AS {rederived.query}", parameters)
    columns = connection.sql("SELECT * FROM expected LIMIT 0")
    differs = " OR ".join(
        _differs(column, str(column_type))
        for column, column_type in zip(columns.columns, columns.types, strict=True)
        if column not in rederived.keys
    )
    keys = rederived.keys
    either = f"published.{keys[0]} IS NULL OR expected.{keys[0]} IS NULL"
    [(fault, count)] = connection.sql(f"""
        SELECT count(*) FILTER ({either} OR {differs or "false"}), count(*)
        FROM main.{name} AS published FULL JOIN expected USING ({", ".join(keys)})
    """).fetchall()
    connection.execute("DROP TABLE expected")
    return Finding(f"{name} equals SQL's", fault, f"{count} rows")


def _differs(column: str, column_type: str) -> str:
    pair = f"published.{column}, expected.{column}"
    if column_type != "DOUBLE":
        return f"published.{column} IS DISTINCT FROM expected.{column}"
    tolerance = TOLERANCE.get(column) or f"{RELATIVE_TOLERANCE} * greatest(1, abs(expected.{column}))"
    return (
        f"(published.{column} IS NULL) <> (expected.{column} IS NULL) OR "
        f"coalesce(abs(subtract({pair})) > {tolerance}, false)"
    )
