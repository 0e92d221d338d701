"""Every mart derived a second time, in SQL. It shares no code with the functions that derive what is published.

`warehouse check` compares the two. The constants of the formulas are written out here on purpose. `bodies` reads a
second time what an action says. All other modules derive marts from the tables of `staging`, and where they say so from
marts that are compared themselves.

- `bodies`: what the bodies say of each action
- `facts`: the order of the actions, minutes spent, and the latest descriptions
- `audience`: registrations, interactions and the funnel
- `engagement`: the figures of time spent
- `people`: people and companies
- `places`: places and leads
- `table`: what a table is compared by
- `compare`: how it is compared
"""

from duckdb import DuckDBPyConnection

from warehouse.marts.reference.audience import AUDIENCE, PREPARE_AUDIENCE
from warehouse.marts.reference.bodies import BODIES, MACROS
from warehouse.marts.reference.compare import differences
from warehouse.marts.reference.engagement import ENGAGEMENT, PREPARE_ENGAGEMENT
from warehouse.marts.reference.facts import FACTS, PREPARE_FACTS
from warehouse.marts.reference.people import PEOPLE, name_companies
from warehouse.marts.reference.places import PLACES
from warehouse.marts.reference.table import Reference
from warehouse.settings import RepeatPolicy

REFERENCE = FACTS | AUDIENCE | ENGAGEMENT | PLACES | PEOPLE

__all__ = ["BODIES", "REFERENCE", "Reference", "differences", "prepare"]


def prepare(connection: DuckDBPyConnection, policy: RepeatPolicy) -> None:
    """Make what the queries share: macros, and temporary tables. To make them of 1,000,000 actions takes 0.7 GB."""
    connection.execute("SET VARIABLE repeat_policy = ?", [policy])
    connection.execute(MACROS + PREPARE_FACTS + PREPARE_AUDIENCE + PREPARE_ENGAGEMENT)
    name_companies(connection)
