"""Descriptions of sessions, attendees and events: those that their actions refer to, in the order of the actions."""

import polars as pl
from duckdb import DuckDBPyConnection

# Of each description the latest action that carries it. Unknown times come first.
CARRIED = """
CREATE OR REPLACE TEMP TABLE carried AS
    SELECT {keys}, {version},
           max({{'at': coalesce(action_created_at, '-infinity'::TIMESTAMPTZ), 'delivery_id': delivery_id}}) AS latest
    FROM {actions} GROUP BY ALL
"""

# A session of a million attendances may have a million descriptions. Of many, only those are read that are the latest
# to carry a field. To look for them takes longer than to read a few.
NEEDED = """
WITH many AS (SELECT {keys} FROM carried GROUP BY {keys} HAVING count(*) > 16),
of_many AS (FROM carried SEMI JOIN many USING ({keys})),
needed AS (
    SELECT DISTINCT {keys}, unnest([{latest_of_each_field}]) AS {version}
    FROM of_many JOIN staging.{kind}_versions USING ({version}) GROUP BY {keys}
)
SELECT {keys}, latest.at AS latest_at, latest.delivery_id AS delivery_id, versions.*
FROM (FROM carried ANTI JOIN many USING ({keys}) UNION ALL FROM of_many SEMI JOIN needed USING ({keys}, {version}))
JOIN staging.{kind}_versions AS versions USING ({version})
"""


def read(connection: DuckDBPyConnection, kind: str, actions: str, keys: list[str], fields: list[str]) -> pl.DataFrame:
    """The descriptions that the actions of a relation refer to, the one with the latest action last.

    A description that carries no field as the latest one may be missing. Columns: `keys`, `delivery_id` of the latest
    action that carries the description, and the columns of `staging.<kind>_versions`.
    """
    version = f"{kind}_version"
    names = {"kind": kind, "version": version, "actions": actions, "keys": ", ".join(keys)}
    connection.execute(CARRIED.format(**names))
    # The latest one of all as well: it may be that none carries any field.
    conditions = ["true", *(f"{field} IS NOT NULL" for field in fields)]
    latest = ", ".join(f"arg_max({version}, latest) FILTER ({condition})" for condition in conditions)
    rows = connection.sql(NEEDED.format(**names, latest_of_each_field=latest)).pl()
    return rows.sort("latest_at", "delivery_id").drop("latest_at")
