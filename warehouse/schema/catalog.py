"""The catalog: all tables, how they are created in an empty database, and their version."""

from duckdb import DuckDBPyConnection

from warehouse.schema.engagement import ENGAGEMENT
from warehouse.schema.facts import FACTS
from warehouse.schema.raw import RAW
from warehouse.schema.staging import STAGING
from warehouse.schema.surrogate_keys import SURROGATE_KEYS
from warehouse.schema_version import SCHEMA_VERSION

MARTS = (*FACTS, *ENGAGEMENT)
TABLES = (*MARTS, *RAW, *STAGING, *SURROGATE_KEYS)


def columns(table_name: str) -> list[str]:
    """Names of a table's columns; the table is named with its schema, such as `raw.loads`."""
    return next([column.name for column in table.columns] for table in TABLES if table.name == table_name)


def create(connection: DuckDBPyConnection) -> None:
    """Create every schema and table, with their comments, in the connection's current database."""
    connection.execute("CREATE SCHEMA raw; CREATE SCHEMA staging; CREATE SCHEMA surrogate_keys")
    for table in TABLES:
        connection.execute(f"CREATE TABLE {table.name} ({', '.join(c.declaration for c in table.columns)})")
        connection.execute(f"COMMENT ON TABLE {table.name} IS {quoted(table.comment)}")
        for column in table.columns:
            connection.execute(f"COMMENT ON COLUMN {table.name}.{column.name} IS {quoted(column.meaning)}")
    connection.execute("INSERT INTO raw.schema_version VALUES (?)", [SCHEMA_VERSION])


def is_there(connection: DuckDBPyConnection) -> bool:
    """Whether the connection's current database has the tables that every release has filled."""
    found = connection.sql("""
        SELECT count(*) FROM duckdb_tables() WHERE database_name = current_database()
            AND schema_name = 'raw' AND table_name IN ('deliveries', 'quarantine', 'loads')
    """)
    return found.fetchall() == [(3,)]


def version(connection: DuckDBPyConnection) -> int:
    """The schema version of the connection's current database."""
    tables = connection.sql(
        "SELECT 1 FROM duckdb_tables() WHERE database_name = current_database() AND table_name = 'schema_version'"
    )
    if tables.fetchone() is None:
        return 1
    (found,) = connection.sql("SELECT schema_version FROM raw.schema_version").fetchall()[0]
    return int(found)


def quoted(text: str) -> str:
    """An SQL literal of our own text, for statements that take no parameters."""
    return "'" + text.replace("'", "''") + "'"
