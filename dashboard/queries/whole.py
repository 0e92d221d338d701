"""The figures that the overview and the report share."""

from typing import Any, NamedTuple

import polars as pl

from dashboard.data import View
from dashboard.queries import credited, overview
from dashboard.queries.credited import Kind
from dashboard.queries.sessions import sessions


class Whole(NamedTuple):
    """Totals, and the tables that they are the sums of, each with most minutes first."""

    totals: dict[str, Any]
    events: pl.DataFrame
    sessions: pl.DataFrame
    speakers: pl.DataFrame
    tags: pl.DataFrame
    over_day: pl.DataFrame


def figures(view: View) -> Whole:
    """All figures under these filters."""
    return Whole(
        totals=overview.totals(view),
        events=overview.events(view),
        sessions=sessions(view),
        speakers=credited.ranking(view, Kind.SPEAKER),
        tags=credited.ranking(view, Kind.TAG),
        over_day=overview.hours_over_the_day(view),
    )
