"""The one-page report: a self-contained HTML file, in which everything from data is escaped."""

from html import escape
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from dashboard.data import Published
from dashboard.display.text import hours, percent
from dashboard.filters import Filters
from dashboard.queries import credited, whole
from dashboard.queries.credited import Kind
from dashboard.sections import summary
from warehouse.storage import reader

TOP = 10

STYLE = """
body { font: 14px/1.45 system-ui, sans-serif; color: #111; max-width: 52rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.6rem } h2 { font-size: 1.1rem; margin: 1.4rem 0 .4rem }
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(8rem, 1fr)); gap: .6rem }
dt { color: #555 } dd { margin: 0; font-size: 1.4rem; font-weight: 600 }
table { border-collapse: collapse; width: 100%; break-inside: avoid }
th, td { text-align: left; padding: .2rem .5rem .2rem 0; border-bottom: 1px solid #ddd; overflow-wrap: anywhere }
td.figure, th.figure { text-align: right; white-space: nowrap }
@media print { body { margin: 0 } }
"""


class Ranking(NamedTuple):
    """One table of the report: its title, its rows, and which columns name a row and hold its minutes."""

    title: str
    frame: pl.DataFrame
    name: str
    minutes: str


def latest(warehouse: Path, filters: Filters) -> str:
    """The report of what is published when it is asked for: that may be more than the page shows that asks.

    Raises:
        reader.WarehouseMissing: nothing is published any more.
    """
    while True:
        generation = reader.current_generation(warehouse)
        if generation is None:
            raise reader.WarehouseMissing(str(warehouse))
        try:
            return of_generation(Published(warehouse, generation), filters)
        except reader.Superseded:
            continue


def of_generation(published: Published, filters: Filters) -> str:
    """The report of one generation."""
    totals, events, sessions, speakers, tags, over_day = whole.figures(published, filters)
    credited_rankings = (
        Ranking(
            f"{kind.name.capitalize()}s ({filters.credit} credit)",
            credited.with_attendees(ranked, credited.attendee_counts(published, filters, kind)),
            "name",
            "minutes",
        )
        for kind, ranked in ((Kind.SPEAKER, speakers), (Kind.TAG, tags))
    )
    return html(
        totals,
        events,
        summary.sentences(totals, sessions, speakers, tags, over_day),
        [Ranking("Sessions", sessions, "session", "total_minutes"), *credited_rankings],
    )


def html(totals: dict[str, Any], events: pl.DataFrame, sentences: list[str], rankings: list[Ranking]) -> str:
    """The page."""
    names = [str(name) for name in events["event"].head(TOP)]
    figures = {
        "Attendees": f"{totals['attendee_count']:,}",
        "Hours": hours(totals["total_minutes"]),
        "Minutes per attendee": f"{totals['mean_minutes_per_attendee'] or 0:,.1f}",
        "Sessions": f"{totals['session_count']:,}",
        "Completion": percent(totals["mean_completion"]) or "—",
    }
    parts = [
        f"<h1>{escape(', '.join(names))}</h1>",
        "<dl>" + "".join(f"<div><dt>{escape(k)}</dt><dd>{escape(v)}</dd></div>" for k, v in figures.items()) + "</dl>",
        "<ul>" + "".join(f"<li>{escape(sentence)}</li>" for sentence in sentences) + "</ul>",
        *(_table(ranking) for ranking in rankings),
    ]
    title = escape(f"Time spent: {', '.join(names)}")
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head>'
        f"<body>{''.join(parts)}</body></html>"
    )


def _table(ranking: Ranking) -> str:
    rows = "".join(
        f'<tr><td dir="auto">{escape(str(row[ranking.name]))}</td><td class="figure">{row[ranking.minutes]:,.1f}</td>'
        f'<td class="figure">{row["attendee_count"]:,}</td></tr>'
        for row in ranking.frame.head(TOP).iter_rows(named=True)
    )
    return (
        f'<h2>{escape(ranking.title)}</h2><table><tr><th>Name</th><th class="figure">Minutes</th>'
        f'<th class="figure">Attendees</th></tr>{rows}</table>'
    )
