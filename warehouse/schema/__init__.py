"""Every table of the warehouse: its columns, their types and what they mean.

- `table`: what a table is declared with
- `shared_columns`: columns that several tables have
- `facts`: who spent how long where, and the latest descriptions
- `engagement`: figures made from the facts
- `formulas`: the constants of these figures
- `raw`: the deliveries as received, and the load log
- `staging`: what the deliveries say, typed
- `surrogate_keys`: integer keys, by which the dashboard groups
- `catalog`: all tables, how they are created, and their version

The descriptions are stored in the file as DuckDB `COMMENT`s. `README.md` here is their dictionary.
"""

from warehouse.schema.catalog import MARTS, TABLES, columns, create, is_there, quoted, version
from warehouse.schema.engagement import NO_SPEAKER, UNTAGGED
from warehouse.schema.raw import RAW
from warehouse.schema.shared_columns import PERSON
from warehouse.schema.surrogate_keys import PROFILE
from warehouse.schema_version import SCHEMA_VERSION

__all__ = [
    "MARTS",
    "NO_SPEAKER",
    "PERSON",
    "PROFILE",
    "RAW",
    "SCHEMA_VERSION",
    "TABLES",
    "UNTAGGED",
    "columns",
    "create",
    "is_there",
    "quoted",
    "version",
]
