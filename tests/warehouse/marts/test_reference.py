"""The second derivation, which `warehouse check` compares: whatever is damaged is found."""

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import duckdb
import pytest
from duckdb import DuckDBPyConnection

from tests.kinds import Load
from warehouse.commands.check import QUERIES, check
from warehouse.commands.load import load as load_inbox
from warehouse.inbox.sqlite_queue import Inbox
from warehouse.marts.reference import REFERENCE, differences, prepare
from warehouse.schema import MARTS, columns
from warehouse.settings import WarehouseSettings

PAYLOADS = Path(__file__).parents[2] / "payloads"

IN_A_FILE = pytest.mark.file_only("it damages a copy of the file; the queries that find damage are the same")
# Another value of each type, also in the place of null.
DAMAGE = {
    "VARCHAR": "concat({}, 'x')",
    "INTEGER": "{} + 1000",
    "BIGINT": "coalesce({}, 0) + 1",
    "DOUBLE": "coalesce({}, 0) + 1",
    "BOOLEAN": "NOT coalesce({}, false)",
    "TIMESTAMPTZ": "coalesce({}, TIMESTAMPTZ '2025-01-01 00:00:00+00') + INTERVAL 1 HOUR",
    "TIMESTAMP": "coalesce({}, TIMESTAMP '2025-01-01 00:00:00') + INTERVAL 1 HOUR",
}
# Names come from the user's files, which may be newer than the tables.
FROM_FILES = {"main.speakers": ["speaker_name"], "main.sponsors": ["sponsor_name"]}
# Of other tables: what the bodies are read again for, and what repeats the marts.
COMPARED = {
    "raw.deliveries": ["action_id", "action"],
    "staging.actions": ["action", "action_created_at", "event_id", "session_id", "registration_id", "minutes_spent"],
    "surrogate_keys.time_spent": columns("surrogate_keys.time_spent"),
    "surrogate_keys.sessions": columns("surrogate_keys.sessions"),
    "surrogate_keys.attendees": columns("surrogate_keys.attendees"),
}


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckDBPyConnection]:
    """A copy of a warehouse that has rows in all tables; it may be written."""
    settings = WarehouseSettings(data_dir=tmp_path_factory.mktemp("reference"))
    bodies = (PAYLOADS / "every_action.ndjson").read_bytes().splitlines()
    bodies += [path.read_bytes() for path in sorted(PAYLOADS.glob("time_spent*.json"))]
    with closing(Inbox(settings.inbox_path, create=True)) as inbox:
        inbox.append([(4_000_000_000_000_000, body) for body in bodies])
        load_inbox(inbox, settings)
    copy = shutil.copyfile(settings.warehouse_path, settings.data_dir / "copy.duckdb")
    with duckdb.connect(copy) as opened:
        opened.execute("SET TimeZone = 'UTC'")
        prepare(opened, "latest")
        yield opened


def fault_count(connection: DuckDBPyConnection, table: str) -> int:
    """What `check` finds wrong in one table."""
    name = table.removeprefix("main.")
    if name in REFERENCE:
        return differences(connection, name, REFERENCE[name])[0]
    return sum(row[0] for _, query in QUERIES.values() for row in connection.sql(query).fetchall())


def unfound(connection: DuckDBPyConnection, table: str, damages: dict[str, str]) -> list[str]:
    """The names of the damages that are not found; each is done to an unharmed table."""
    assert fault_count(connection, table) == 0
    names = []
    for name, damage in damages.items():
        connection.execute("BEGIN")
        connection.execute(damage)
        if fault_count(connection, table) == 0:
            names.append(name)
        connection.execute("ROLLBACK")
    return names


def damaged(connection: DuckDBPyConnection, table: str, names: list[str]) -> dict[str, str]:
    """By column: a statement that changes the value of the first row."""
    types = dict(connection.sql(f"SELECT column_name, column_type FROM (DESCRIBE {table})").fetchall())
    values = {name: DAMAGE[types[name].replace("TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ")] for name in names}
    first = f"rowid = (SELECT min(rowid) FROM {table})"
    return {name: f"UPDATE {table} SET {name} = {value.format(name)} WHERE {first}" for name, value in values.items()}


@IN_A_FILE
@pytest.mark.parametrize("table", [table.name for table in MARTS])
def test_each_damaged_column_of_a_mart_is_found(connection: DuckDBPyConnection, table: str) -> None:
    damages = damaged(connection, table, columns(table))
    assert unfound(connection, table, damages) == FROM_FILES.get(table, [])


@IN_A_FILE
@pytest.mark.parametrize("table", COMPARED)
def test_each_damaged_column_beside_the_marts_is_found(connection: DuckDBPyConnection, table: str) -> None:
    assert unfound(connection, table, damaged(connection, table, COMPARED[table])) == []


@IN_A_FILE
@pytest.mark.parametrize("table", [*(table.name for table in MARTS), *COMPARED])
def test_a_missing_or_repeated_row_is_found(connection: DuckDBPyConnection, table: str) -> None:
    first = f"WHERE rowid = (SELECT min(rowid) FROM {table})"
    damages = {"missing": f"DELETE FROM {table} {first}", "repeated": f"INSERT INTO {table} FROM {table} {first}"}
    assert unfound(connection, table, damages) == []


@pytest.mark.parametrize(
    "body",
    [
        b'{"action": "A", "action": "B"}',
        b'\xef\xbb\xbf{"action": "A"}',
        b'{"action": "A", "booth": {"id": "b", "name": "half \\ud83d"}}',
        b'{"action": "A", "actionId": "[1]", "actor": {"id": "{}"}}',
        b'{"action": "A", "actionId": "\\u007b"}',
        b'{"action": "A", "event": {"id": 1e300}, "booth": {"id": 0.00001, "name": 12345678901234567890123}}',
        b'{"action": "A", "actionCreatedAt": 1758186000, "timeSpentInMinutes": " 3 "}',
        b'{"action": "A", "actionId": ["a"], "session": "none", "lead": {"id": " "}, "hub": [], "event": {"id": 7}}',
    ],
)
def test_a_body_that_is_read_in_its_own_way_is_no_difference(
    load: Load, settings: WarehouseSettings, body: bytes
) -> None:
    assert load(body).quarantine_count == 0
    assert [finding for finding in check(settings) if not finding.is_good] == []
