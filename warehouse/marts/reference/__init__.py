"""Every mart derived a second time, in SQL, from the parsed actions. It shares no code with the polars functions.

`warehouse check` compares the result with the published table. `$policy` is the repeat policy. The constants of the
formulas are written out here on purpose.

- `engagement`: facts and the figures of time spent
- `audience`: registrations, interactions and the funnel
- `people`: people and companies
- `places`: places and leads
- `table`: what a table is compared by
"""

from warehouse.marts.reference.audience import AUDIENCE
from warehouse.marts.reference.engagement import ENGAGEMENT
from warehouse.marts.reference.people import PEOPLE, name_companies
from warehouse.marts.reference.places import PLACES
from warehouse.marts.reference.table import Reference

REFERENCE = ENGAGEMENT | AUDIENCE | PLACES | PEOPLE

__all__ = ["REFERENCE", "Reference", "name_companies"]
