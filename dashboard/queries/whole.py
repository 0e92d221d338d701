"""The figures that the overview and the report share."""

from typing import Any, NamedTuple

import polars as pl

from dashboard.data import View
from dashboard.queries import credited, overview
from dashboard.queries.credited import Kind
from dashboard.queries.event import Event
from dashboard.queries.sessions import sessions

# A median of fewer says nothing.
MIN_EVENTS = 3


class Whole(NamedTuple):
    """One event under the filters: `totals` as of `overview.totals`, and tables, those of parts by minutes.

    `before` are the totals of the organisation's event before, None without one under these filters. `medians` are of
    `own_event_count` events of the organisation, this one included; None of fewer than `MIN_EVENTS`.
    """

    totals: dict[str, Any]
    before: dict[str, Any] | None
    medians: dict[str, Any] | None
    own_event_count: int
    sessions: pl.DataFrame
    speakers: pl.DataFrame
    tags: pl.DataFrame
    by_hour: pl.DataFrame


def figures(view: View, event: Event) -> Whole:
    """All figures of the event under these filters."""
    own = overview.own_events(view, event.event_id)
    held = sessions(view)
    this = own.filter(event_id=event.event_id)
    # Only the filters on days and rooms are on this event alone.
    is_among_own = this.height and not (view.filters.days or view.filters.rooms)
    before = own.filter(event_id=event.previous_id) if event.previous_id else own.clear()
    return Whole(
        totals=this.row(0, named=True) if is_among_own else overview.totals(view),
        before=before.row(0, named=True) if before.height else None,
        medians=own.median().row(0, named=True) if own.height >= MIN_EVENTS else None,
        own_event_count=own.height,
        sessions=held,
        speakers=credited.ranking(view, Kind.SPEAKER),
        tags=credited.ranking(view, Kind.TAG),
        by_hour=overview.by_hour(held),
    )
