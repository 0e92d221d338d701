"""The list of all tables."""

from warehouse.schema.engagement import ENGAGEMENT
from warehouse.schema.facts import FACTS
from warehouse.schema.raw import RAW
from warehouse.schema.staging import STAGING
from warehouse.schema.surrogate_keys import SURROGATE_KEYS

MARTS = (*FACTS, *ENGAGEMENT)
TABLES = (*MARTS, *RAW, *STAGING, *SURROGATE_KEYS)


def columns(table_name: str) -> list[str]:
    """Names of a table's columns; the table is named with its schema, such as `raw.loads`."""
    return next(list(table.columns) for table in TABLES if table.name == table_name)
