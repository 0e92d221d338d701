"""Making the tables of facts and engagement anew, for the events that need it and for no others."""

import logging
from collections.abc import Iterator, Sequence

import polars as pl
from duckdb import DuckDBPyConnection

from warehouse import marts
from warehouse.facts import Staged
from warehouse.settings import RepeatPolicy

# Events are transformed together up to this many actions: one pass for many small events.
ACTIONS_PER_PASS = 250_000

ACTIONS = """
SELECT actions.*, deliveries.action_id, deliveries.received_at
FROM raw.deliveries JOIN (FROM staging.actions SEMI JOIN wanted USING (event_id)) AS actions USING (delivery_id)
"""
# Of what the staged actions refer to.
VERSIONS = "FROM staging.{what}_versions SEMI JOIN wanted_actions USING ({what}_version)"

QUARANTINE = """
INSERT INTO raw.quarantine BY NAME
    SELECT delivery_id, action_id, received_at, 'unloadable' AS reason, $detail AS detail, body
    FROM raw.deliveries WHERE delivery_id = $delivery_id
"""

log = logging.getLogger(__name__)


def refresh_marts(connection: DuckDBPyConnection, event_ids: Sequence[str], repeat_policy: RepeatPolicy) -> None:
    """Make every table of facts and engagement anew for these events."""
    for group in _passes(connection, event_ids):
        _wanted(connection, group)
        for name, rows in _derived(connection, repeat_policy).items():
            connection.register("derived", rows)
            connection.execute(f"""
                DELETE FROM main.{name} WHERE event_id IN (FROM wanted);
                INSERT INTO main.{name} BY NAME SELECT * FROM derived;
            """)
            connection.unregister("derived")


def _derived(connection: DuckDBPyConnection, repeat_policy: RepeatPolicy) -> dict[str, pl.DataFrame]:
    """The tables of the wanted events; an action that makes polars fail is found by halving, and quarantined."""
    while True:
        staged = _staged(connection)
        try:
            return marts.derive(staged, repeat_policy)
        except pl.exceptions.PolarsError as error:
            culprit = _culprit(staged, repeat_policy)
            if culprit is None:  # no single action is to blame
                raise
            log.error("delivery %d makes polars fail: quarantined as unloadable", culprit)  # noqa: TRY400 -- handled
            connection.execute(QUARANTINE, {"delivery_id": culprit, "detail": str(error).partition("\n")[0]})
            connection.execute("DELETE FROM raw.deliveries WHERE delivery_id = ?", [culprit])
            connection.execute("DELETE FROM staging.actions WHERE delivery_id = ?", [culprit])


def _staged(connection: DuckDBPyConnection) -> Staged:
    actions = connection.sql(ACTIONS).pl()
    connection.register("wanted_actions", actions)
    versions = (connection.sql(VERSIONS.format(what=what)).pl() for what in ("session", "attendee"))
    staged = Staged(actions, *versions)
    connection.unregister("wanted_actions")
    return staged


def _culprit(staged: Staged, repeat_policy: RepeatPolicy) -> int | None:
    actions = staged.actions
    while len(actions) > 1:
        middle = len(actions) // 2
        halves = (actions[:middle], actions[middle:])
        failing = (half for half in halves if not _is_derivable(staged._replace(actions=half), repeat_policy))
        first = next(failing, None)
        if first is None:
            return None
        actions = first
    return int(actions["delivery_id"][0])


def _is_derivable(staged: Staged, repeat_policy: RepeatPolicy) -> bool:
    try:
        marts.derive(staged, repeat_policy)
    except pl.exceptions.PolarsError:
        return False
    return True


def _passes(connection: DuckDBPyConnection, event_ids: Sequence[str]) -> Iterator[list[str]]:
    _wanted(connection, event_ids)
    sizes = connection.sql(
        "SELECT event_id, count(*) FROM staging.actions SEMI JOIN wanted USING (event_id) GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    group: list[str] = []
    group_size = 0
    for event_id, size in sizes:
        if group and group_size + size > ACTIONS_PER_PASS:
            yield group
            group, group_size = [], 0
        group.append(event_id)
        group_size += size
    if group:
        yield group


def _wanted(connection: DuckDBPyConnection, event_ids: Sequence[str]) -> None:
    """The events as a relation: a join with it is ten times as fast as a list parameter of `con.sql`."""
    connection.register("wanted", pl.DataFrame({"event_id": pl.Series(event_ids, dtype=pl.String)}))
