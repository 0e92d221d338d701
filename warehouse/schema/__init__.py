"""Every table of the warehouse: its columns, their types and what they mean.

- `table`: what a table is declared with
- `shared_columns`: columns that several tables have
- `facts`: who spent how long where, and the latest descriptions
- `engagement`: figures made from the facts
- `actions`: what happened beside the time spent in sessions
- `known_actions`: the names of actions that are known
- `audience`: who was invited, registered, came, or did not come
- `interactions`: what people asked and answered
- `places`: booths, rooms and stages
- `leads`: people whom exhibitors noted
- `people`: persons over all events, a view
- `formulas`: the constants of these figures
- `raw`: the deliveries as received, and the load log
- `staging`: what the deliveries say, typed
- `surrogate_keys`: integer keys, by which the dashboard groups
- `catalog`: all tables, how they are created, and their version

The descriptions are stored in the file as DuckDB `COMMENT`s. `README.md` here is their dictionary.
"""

from warehouse.schema.catalog import MARTS, TABLES, VIEWS, columns, create, create_in_lake, is_there, version
from warehouse.schema.engagement import NO_COMPANY, NO_SPEAKER, NO_SPONSOR, UNTAGGED
from warehouse.schema.known_actions import KNOWN_ACTIONS, TIME_SPENT_IN_SESSION
from warehouse.schema.raw import RAW
from warehouse.schema.shared_columns import PERSON
from warehouse.schema.surrogate_keys import PROFILE
from warehouse.schema.table import quoted
from warehouse.schema_version import SCHEMA_VERSION

__all__ = [
    "KNOWN_ACTIONS",
    "MARTS",
    "NO_COMPANY",
    "NO_SPEAKER",
    "NO_SPONSOR",
    "PERSON",
    "PROFILE",
    "RAW",
    "SCHEMA_VERSION",
    "TABLES",
    "TIME_SPENT_IN_SESSION",
    "UNTAGGED",
    "VIEWS",
    "columns",
    "create",
    "create_in_lake",
    "is_there",
    "quoted",
    "version",
]
