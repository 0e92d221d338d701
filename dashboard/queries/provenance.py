"""Where the figures of a view come from, for the files that hold them."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TypeVar
from zoneinfo import ZoneInfo

from dashboard import data
from dashboard.data import View
from dashboard.filters import IN_ADDRESS, Filters
from dashboard.provenance import Provenance, days, in_words
from dashboard.queries import choices, spellings
from dashboard.queries.event import event

Made = TypeVar("Made")


def provenance(view: View) -> Provenance:
    """The provenance of all figures of the view."""
    filters = view.filters
    companies = filters.companies
    offered: dict[str, dict[str, str]] = {}
    if len(filters.event_ids) == 1:
        about = event(view.published, filters.event_ids[0])
        if filters != Filters(event_ids=filters.event_ids):
            companies = spellings.shown_names(view.published, about.event_id, companies)
            offered = choices.of_event(view.published, about.event_id)
        name, event_id, time_zone = about.name, about.event_id, about.time_zone or "UTC"
        its_days, clock = days(about.first_day, about.last_day), about.clock
    else:
        names = choices.events(view.published) if filters.event_ids else {}
        name = ", ".join(names.get(event_id, event_id) for event_id in filters.event_ids) or "All events"
        event_id, time_zone, its_days, clock = None, "UTC", "", "UTC"
    loaded_at = data.state(view.published).loaded_at
    return Provenance(
        event=name,
        event_id=event_id,
        days=its_days,
        clock=clock,
        time_zone=time_zone,
        filters=in_words(_set_values(replace(filters, companies=companies), offered)),
        # There is none before the first load.
        as_of=loaded_at.astimezone(ZoneInfo(time_zone)).replace(tzinfo=None) if loaded_at else None,
    )


def with_provenance(make: Callable[[View], Made], view: View) -> tuple[Made, Provenance]:
    """What `make` says of the generation that is published now, which may be newer than the view's, and whence it is.

    Raises:
        reader.WarehouseMissing: nothing is published.
    """
    return data.of_latest(view, lambda latest: (make(latest), provenance(latest)))


def _set_values(filters: Filters, offered: dict[str, dict[str, str]]) -> Iterator[tuple[str, str]]:
    """Each value that is set, as the filter's name in the address and the value's own name."""
    for name, field in IN_ADDRESS.items():
        value = getattr(filters, field)
        if name == "event" or value == getattr(Filters(), field):
            continue
        for one in value if isinstance(value, tuple) else (value,):
            yield name, offered.get(name, {}).get(str(one), str(one))
