"""The repeat policy of a file: it shaped the file's figures, so it is stored with them, in `raw.settings`.

Figures of one policy and figures of another must not stand in one table. Only `warehouse rebuild` changes the policy.
"""

from duckdb import DuckDBPyConnection

from warehouse.settings import RepeatPolicy


class OtherPolicy(Exception):
    """The file counts repeats by another policy than the one asked for; the message names both."""


def stored(connection: DuckDBPyConnection) -> RepeatPolicy | None:
    """The policy of the connection's current database; None in an empty file, and in one of a release without it."""
    # Answers are fetched to their ends: an open one would keep a damaged file open, although its connection is closed.
    has_settings = connection.execute(
        "SELECT 1 FROM duckdb_columns() "
        "WHERE database_name = current_database() AND schema_name = 'raw' AND table_name = 'settings'"
    ).fetchall()
    rows = connection.execute("SELECT repeat_policy FROM raw.settings").fetchall() if has_settings else []
    return rows[0][0] if rows else None


def require(connection: DuckDBPyConnection, policy: RepeatPolicy) -> None:
    """Do nothing when the file has this policy; an empty file takes it.

    Raises:
        OtherPolicy: the file has another one.
    """
    its = stored(connection)
    if its is None:
        connection.execute("INSERT INTO raw.settings VALUES (?)", [policy])
    elif its != policy:
        raise OtherPolicy(
            f"the warehouse counts repeated actions by the policy '{its}', but REPEAT_POLICY is '{policy}'; nothing is "
            f"loaded; set REPEAT_POLICY={its}, or change the warehouse to '{policy}' by `warehouse rebuild`"
        )
