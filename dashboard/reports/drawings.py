"""Charts of the reports, as SVG."""

import math
import re
from typing import Any

import altair as alt
import polars as pl
import vl_convert

from dashboard.charts.colours import BLUE
from dashboard.charts.day import PERCENT
from dashboard.charts.labels import Dot, place
from dashboard.charts.reach import padded
from dashboard.display.pictures import NO_ADDRESS
from dashboard.reports.definition import Chart

WIDTH, HEIGHT = 370, 215  # pixels on the screen; in print, half of the page's width
INK, LINE, PALE = "#4a4f55", "#e6e6e2", "#9fb8c8"
RADIUS = 4.5  # of a dot, in pixels
MARGIN = 1.06  # beyond the dot that is farthest right
MAX_DAYS = 3  # beside each other
AXIS = {"labelColor": INK, "titleColor": INK, "gridColor": LINE, "domainColor": LINE, "tickColor": LINE}
CONFIG = {
    "font": "sans-serif",
    "axis": AXIS | {"labelFontSize": 11, "titleFontSize": 11, "titleFontWeight": "normal"},
    "header": {"labelColor": INK, "labelFontSize": 11},
    "view": {"stroke": None},
}


def reach_and_completion(sessions: pl.DataFrame, highlighted: list[str]) -> Chart:
    """A dot for each session: how many came, and how much of it they saw. The highlighted ones are named.

    Args:
        sessions: `session, session_id, attendee_count, mean_completion` (none missing).
        highlighted: ids of sessions, those first that need a name most.
    """
    rows = sessions.select(
        "session", "attendee_count", "mean_completion", is_one=pl.col("session_id").is_in(highlighted)
    )
    counts, completions = rows["attendee_count"].to_list(), rows["mean_completion"].to_list()
    most, (low, high) = MARGIN * max(counts), padded(completions)
    dots = [
        Dot(count / most, (high - completion) / (high - low), RADIUS)
        for count, completion in zip(counts, completions, strict=True)
    ]
    ids = sessions["session_id"].to_list()
    names = place(dots, rows["session"].to_list(), [ids.index(one) for one in highlighted], HEIGHT, [])
    x = alt.X(
        "attendee_count:Q",
        title="Attendees",
        axis=alt.Axis(format=",d", tickCount=5, tickMinStep=1),
        scale=alt.Scale(domain=[0, most], nice=False),
    )
    y = alt.Y(
        "mean_completion:Q",
        title="Completion",
        axis=alt.Axis(labelExpr=PERCENT, tickCount=5, tickMinStep=0.05),
        scale=alt.Scale(domain=[low, high], nice=False, zero=False),
    )
    colour = alt.Color("is_one:N", scale=alt.Scale(domain=[False, True], range=[PALE, BLUE]), legend=None)
    circles = alt.Chart(rows).mark_circle(size=math.pi * RADIUS**2, opacity=0.9)
    layers = [circles.encode(x=x, y=y, color=colour, order=alt.Order("is_one:O"))]
    for name in names:
        look: dict[str, Any] = {"align": name.align, "dx": name.dx, "dy": name.dy, "fontSize": 11, "baseline": "middle"}
        text = alt.Chart(rows[[name.position]]).mark_text(**look)
        layers.append(text.encode(x=x, y=y, text=alt.TextValue(name.text)))
    description = f"{rows.height} sessions by attendees and completion."
    return _drawn(alt.layer(*layers, width=WIDTH, height=HEIGHT), description)


def hours_by_time(sessions: pl.DataFrame) -> Chart:
    """Columns of the hours spent, by the local hour in which sessions start, a panel a day; of many days, by day.

    Args:
        sessions: `local_starts_at` (none missing), `total_minutes`.
    """
    starts_at = pl.col("local_starts_at")
    rows = sessions.select(
        day=starts_at.dt.strftime("%a %-d %b"),
        date=starts_at.dt.date().cast(pl.String),
        hour=starts_at.dt.strftime("%H"),
        hours=pl.col("total_minutes") / 60,
    )
    days = rows.sort("date")["day"].unique(maintain_order=True).to_list()
    description = f"Columns of hours spent on {len(days)} days, by the start of the sessions."
    hours = alt.Y("sum(hours):Q", title="Hours spent", axis=alt.Axis(format=",d", tickCount=5))
    base = alt.Chart(rows, height=HEIGHT).mark_bar(color=BLUE, cornerRadiusEnd=2)
    if len(days) > MAX_DAYS:
        axis = alt.Axis(labelAngle=-45, labelOverlap=True)
        days_across = base.encode(x=alt.X("day:O", title=None, sort=days, axis=axis), y=hours)
        return _drawn(days_across.properties(width=WIDTH), description)
    # An hour without a session has its place, too.
    started = [int(hour) for hour in rows["hour"]]
    scale = alt.Scale(domain=[f"{hour:02}" for hour in range(min(started), max(started) + 1)])
    start = alt.X("hour:O", title="Start, by hour", axis=alt.Axis(labelAngle=0), scale=scale)
    panel = base.encode(x=start, y=hours).properties(width=WIDTH // len(days) - 10)
    return _drawn(panel.facet(column=alt.Column("day:O", sort=days, title=None), spacing=12), description)


def _drawn(chart: alt.LayerChart | alt.Chart | alt.FacetChart, description: str) -> Chart:
    """The chart as SVG as wide as its place."""
    drawing = chart.to_dict() | {"config": CONFIG, "padding": 2, "description": description}
    svg = vl_convert.vegalite_to_svg(drawing, allowed_base_urls=NO_ADDRESS)
    return Chart(re.sub(r'(<svg [^>]*?) width="[^"]*" height="[^"]*"', r"\1", svg, count=1), description)
