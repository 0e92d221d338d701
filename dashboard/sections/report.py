"""The report: one self-contained HTML page, in which all text from data is escaped."""

from html import escape
from typing import Any

import polars as pl

from dashboard.data import Published, View
from dashboard.display.text import decimal, hours, percent
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


def latest(view: View) -> str:
    """The report of the generation that is published now, which may be newer than that of the view.

    Raises:
        reader.WarehouseMissing: nothing is published.
    """
    warehouse = view.published.warehouse
    while True:
        generation = reader.current_generation(warehouse)
        if generation is None:
            raise reader.WarehouseMissing(str(warehouse))
        try:
            return of_generation(view._replace(published=Published(warehouse, generation)))
        except reader.Superseded:
            continue


def of_generation(view: View) -> str:
    """The report of one generation."""
    figures = whole.figures(view)
    rankings = {
        "Sessions": figures.sessions.rename({"session": "name", "total_minutes": "minutes"}),
        f"Speakers ({view.filters.credit} credit)": credited.ranking_with_attendees(view, Kind.SPEAKER),
        f"Tags ({view.filters.credit} credit)": credited.ranking_with_attendees(view, Kind.TAG),
    }
    return html(figures.totals, figures.events, summary.sentences(figures), rankings)


def html(totals: dict[str, Any], events: pl.DataFrame, sentences: list[str], rankings: dict[str, pl.DataFrame]) -> str:
    """The report of these figures and sentences, and of `name, minutes, attendee_count` by the title of their table."""
    names = [str(name) for name in events["event"].head(TOP)]
    figures = {
        "Attendees": f"{totals['attendee_count']:,}",
        "Hours": hours(totals["total_minutes"]),
        "Minutes per attendee": decimal(totals["mean_minutes_per_attendee"] or 0),
        "Sessions": f"{totals['session_count']:,}",
        "Completion": percent(totals["mean_completion"]) or "—",
    }
    parts = [
        f"<h1>{escape(', '.join(names))}</h1>",
        "<dl>" + "".join(f"<div><dt>{escape(k)}</dt><dd>{escape(v)}</dd></div>" for k, v in figures.items()) + "</dl>",
        "<ul>" + "".join(f"<li>{escape(sentence)}</li>" for sentence in sentences) + "</ul>",
        *(_table(heading, ranking) for heading, ranking in rankings.items()),
    ]
    title = escape(f"Time spent: {', '.join(names)}")
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head>'
        f"<body>{''.join(parts)}</body></html>"
    )


def _table(heading: str, ranking: pl.DataFrame) -> str:
    rows = "".join(
        f'<tr><td dir="auto">{escape(row["name"])}</td>'
        f'<td class="figure">{decimal(row["minutes"])}</td><td class="figure">{row["attendee_count"]:,}</td></tr>'
        for row in ranking.head(TOP).iter_rows(named=True)
    )
    return (
        f'<h2>{escape(heading)}</h2><table><tr><th>Name</th><th class="figure">Minutes</th>'
        f'<th class="figure">Attendees</th></tr>{rows}</table>'
    )
