"""Making the tables of facts and engagement anew, for the events that need it and for no others."""

import logging
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

import polars as pl
from duckdb import DuckDBPyConnection

from warehouse.marts import engagement, surrogate_keys
from warehouse.marts.facts import Staged
from warehouse.settings import RepeatPolicy
from warehouse.storage.append import append

# Events are transformed together up to this many actions: one pass for many small events.
ACTIONS_PER_PASS = 250_000

ACTIONS = """
SELECT actions.*, deliveries.action_id, deliveries.received_at
FROM raw.deliveries JOIN (FROM staging.actions SEMI JOIN wanted USING (event_id)) AS actions USING (delivery_id)
"""
# Of what the staged actions refer to.
VERSIONS = "FROM staging.{what}_versions SEMI JOIN wanted_actions USING ({what}_version)"

# What sessions and events say of themselves seldom changes while people attend them: written again, it would cost as
# much as all the time spent in them.
SELDOM_CHANGED = {"events", "sessions", "session_speakers", "session_tags", "session_sponsors"}

QUARANTINE = """
INSERT INTO raw.quarantine BY NAME
    SELECT delivery_id, action_id, received_at, 'unloadable' AS reason, $detail AS detail, body
    FROM raw.deliveries WHERE delivery_id = $delivery_id
"""

Derived = dict[str, pl.DataFrame]

log = logging.getLogger(__name__)


@contextmanager
def refreshing(
    connection: DuckDBPyConnection, repeat_policy: RepeatPolicy
) -> Iterator[Callable[[Iterable[str]], None]]:
    """A function that makes every table of facts and engagement anew for some events; done at the end of the block.

    While polars derives the tables of some events, DuckDB may write those of others, or whatever else is to be written.
    """
    ahead: deque[tuple[list[str], Staged, Future[Derived]]] = deque()

    def refresh(event_ids: Iterable[str]) -> None:
        for group in _passes(connection, sorted(event_ids)):
            staged = _staged(connection, group)
            ahead.append((group, staged, deriving.submit(engagement.derive, staged, repeat_policy)))
            if len(ahead) > 1:
                _replace(connection, *ahead.popleft(), repeat_policy)

    with ThreadPoolExecutor(1) as deriving:
        yield refresh
        while ahead:
            _replace(connection, *ahead.popleft(), repeat_policy)


def _replace(
    connection: DuckDBPyConnection,
    event_ids: Sequence[str],
    staged: Staged,
    deriving: Future[Derived],
    repeat_policy: RepeatPolicy,
) -> None:
    try:
        tables = deriving.result()
    except pl.exceptions.PolarsError as error:
        tables = _derived_without_culprits(connection, event_ids, staged, repeat_policy, error)
    _want(connection, event_ids)
    for name, rows in tables.items():
        if name not in SELDOM_CHANGED or not _is_unchanged(connection, name, rows):
            connection.execute(f"DELETE FROM main.{name} WHERE event_id IN (FROM wanted)")
            append(connection, f"main.{name}", rows)
    surrogate_keys.renew(connection)


def _is_unchanged(connection: DuckDBPyConnection, name: str, rows: pl.DataFrame) -> bool:
    stored = connection.sql(f"FROM main.{name} SEMI JOIN wanted USING (event_id)").pl()
    if len(stored) != len(rows):
        return False
    new = rows.select(stored.columns).cast(stored.schema)
    return stored.sort(pl.all()).equals(new.sort(pl.all()))


def _derived_without_culprits(
    connection: DuckDBPyConnection,
    event_ids: Sequence[str],
    staged: Staged,
    repeat_policy: RepeatPolicy,
    error: pl.exceptions.PolarsError,
) -> Derived:
    """The tables of these events; each action that makes polars fail is found by halving, and quarantined."""
    while True:
        culprit = _culprit(staged, repeat_policy)
        if culprit is None:  # no single action is to blame
            raise error
        log.error("delivery %d makes polars fail: quarantined as unloadable", culprit)
        connection.execute(QUARANTINE, {"delivery_id": culprit, "detail": str(error).partition("\n")[0]})
        connection.execute("DELETE FROM raw.deliveries WHERE delivery_id = ?", [culprit])
        connection.execute("DELETE FROM staging.actions WHERE delivery_id = ?", [culprit])
        staged = _staged(connection, event_ids)
        try:
            return engagement.derive(staged, repeat_policy)
        except pl.exceptions.PolarsError as another:
            error = another


def _staged(connection: DuckDBPyConnection, event_ids: Sequence[str]) -> Staged:
    _want(connection, event_ids)
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
        engagement.derive(staged, repeat_policy)
    except pl.exceptions.PolarsError:
        return False
    return True


def _passes(connection: DuckDBPyConnection, event_ids: Sequence[str]) -> Iterator[list[str]]:
    _want(connection, event_ids)
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


def _want(connection: DuckDBPyConnection, event_ids: Sequence[str]) -> None:
    """Make the relation `wanted` of the events: to join it is ten times as fast as a list parameter of `con.sql`."""
    connection.register("wanted", pl.DataFrame({"event_id": pl.Series(event_ids, dtype=pl.String)}))
