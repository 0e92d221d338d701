"""Comparing a table with its second derivation, row by row and column by column."""

from duckdb import DuckDBPyConnection

from warehouse.marts.reference.table import Reference

# The same minutes, added in another order, differ in the last digits.
RELATIVE_TOLERANCE = 1e-6


def differences(connection: DuckDBPyConnection, name: str, reference: Reference) -> tuple[int, int]:
    """How many rows of a table differ, are missing, are too many or repeat another's key; and how many there are.

    Args:
        connection: to the published warehouse, once `prepare` has been called.
        name: the table, in the schema `main`.
        reference: what the table ought to be. Columns that its query does not derive are not compared.
    """
    derived = connection.sql(reference.query)
    keys = reference.keys
    conditions = [f"published.{keys[0]} IS NULL OR expected.{keys[0]} IS NULL"] + [
        _differs(column, str(column_type))
        for column, column_type in zip(derived.columns, derived.types, strict=True)
        if column not in keys
    ]
    [(fault_count, count)] = connection.sql(f"""
        SELECT count(*) FILTER ({" OR ".join(conditions)}) + count(*) - count(DISTINCT ({", ".join(keys)})), count(*)
        FROM main.{name} AS published FULL JOIN ({reference.query}) AS expected USING ({", ".join(keys)})
    """).fetchall()
    return fault_count, count


def _differs(column: str, column_type: str) -> str:
    if column_type != "DOUBLE":
        return f"published.{column} IS DISTINCT FROM expected.{column}"
    tolerance = f"{RELATIVE_TOLERANCE} * greatest(1, abs(expected.{column}))"
    return (
        f"(published.{column} IS NULL) <> (expected.{column} IS NULL) OR "
        f"coalesce(abs(published.{column} - expected.{column}) > {tolerance}, false)"
    )
