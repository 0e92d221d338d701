"""Charts of the reports, as SVG that stands in their HTML."""

import re
from typing import Any

import altair as alt
import polars as pl
import vl_convert

from dashboard.display.pictures import NO_ADDRESS
from dashboard.reports.page import ACCENT, Html

WIDTH, HEIGHT = 440, 250  # pixels on the screen; in print, half of the page's width
INK, LINE, PALE = "#4a4f55", "#e6e6e2", "#9fb8c8"
# More labels than these would hide each other.
MAX_LABELS, MAX_LABEL = 5, 30
LABEL, LETTER, MIDDLE = 18, 5.5, 0.5  # height and width of a label in pixels; where labels change sides
MAX_DAYS = 3  # beside each other
AXIS = {"labelColor": INK, "titleColor": INK, "gridColor": LINE, "domainColor": LINE, "tickColor": LINE}
CONFIG = {
    "font": "sans-serif",
    "axis": AXIS | {"labelFontSize": 11, "titleFontSize": 11, "titleFontWeight": "normal"},
    "header": {"labelColor": INK, "labelFontSize": 11},
    "view": {"stroke": None},
}


def reach_and_completion(sessions: pl.DataFrame, highlighted: list[str]) -> Html:
    """A dot for each session: how many came, and how much of it they saw. The highlighted ones are named.

    Args:
        sessions: `session, session_id, attendee_count, mean_completion` (none missing).
        highlighted: ids of sessions; of many, those with most attendees are named.
    """
    rows = sessions.select(
        "session", "attendee_count", "mean_completion", is_one=pl.col("session_id").is_in(highlighted)
    )
    counts, completions = rows["attendee_count"].to_list(), rows["mean_completion"].to_list()
    ones = rows.filter("is_one").sort("attendee_count", descending=True)
    named = _apart(ones, max(counts), min(completions), max(completions))
    completion = alt.Y(
        "mean_completion:Q", title="Completion", axis=alt.Axis(format=".0%"), scale=alt.Scale(zero=False)
    )
    count = alt.X(
        "attendee_count:Q", title="Attendees", axis=alt.Axis(format=",d", tickCount=6), scale=alt.Scale(nice=True)
    )
    dots = (
        alt.Chart(rows)
        .mark_circle(size=70, opacity=0.9)
        .encode(
            x=count,
            y=completion,
            color=alt.Color("is_one:N", scale=alt.Scale(domain=[False, True], range=[PALE, ACCENT]), legend=None),
            order="is_one:O",
        )
    )
    look: dict[str, Any] = {"dy": -8, "fontSize": 10.5, "color": "#10151a"}
    left = alt.Chart(named.filter(~pl.col("is_right"))).mark_text(align="left", dx=-3, **look)
    right = alt.Chart(named.filter("is_right")).mark_text(align="right", dx=3, **look)
    labels = [side.encode(x=count, y=completion, text="label:N") for side in (left, right)]
    description = f"{rows.height} sessions by attendees and completion."
    return _svg(alt.layer(dots, *labels, width=WIDTH, height=HEIGHT, description=description))


def _apart(rows: pl.DataFrame, most: float, lowest: float, highest: float) -> pl.DataFrame:
    """The first rows whose labels do not lie on each other: `label, attendee_count, mean_completion, is_right`."""
    kept: list[dict[str, object]] = []
    places: list[tuple[float, float, float]] = []
    for row in rows.iter_rows(named=True):
        at, level = row["attendee_count"] / (most or 1), row["mean_completion"] / (highest - lowest or 1)
        title = row["session"]
        label = title if len(title) <= MAX_LABEL else f"{title[: MAX_LABEL - 1].rstrip()}…"
        is_right, width = at > MIDDLE, len(label) * LETTER / WIDTH
        start = at - width if is_right else at
        if len(kept) < MAX_LABELS and all(
            abs(level - other) > LABEL / HEIGHT or start + width < left or start > right
            for other, left, right in places
        ):
            places.append((level, start, start + width))
            kept.append(row | {"label": label, "is_right": is_right})
    return pl.DataFrame(kept, schema={**rows.schema, "label": pl.String, "is_right": pl.Boolean})


def hours_by_time(sessions: pl.DataFrame) -> Html:
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
    base = alt.Chart(rows, height=HEIGHT, description=description).mark_bar(color=ACCENT, cornerRadiusEnd=2)
    if len(days) > MAX_DAYS:
        axis = alt.Axis(labelAngle=-45, labelOverlap=True)
        return _svg(base.encode(x=alt.X("day:O", title=None, sort=days, axis=axis), y=hours).properties(width=WIDTH))
    start = alt.X("hour:O", title="Start, by hour", axis=alt.Axis(labelAngle=0))
    panel = base.encode(x=start, y=hours).properties(width=WIDTH // len(days) - 10)
    return _svg(panel.facet(column=alt.Column("day:O", sort=days, title=None), spacing=12))


def _svg(chart: alt.LayerChart | alt.Chart | alt.FacetChart) -> Html:
    """The chart as SVG as wide as its place. Text from data is escaped."""
    svg = vl_convert.vegalite_to_svg(chart.to_dict() | {"config": CONFIG, "padding": 2}, allowed_base_urls=NO_ADDRESS)
    return Html(re.sub(r'(<svg [^>]*?) width="[^"]*" height="[^"]*"', r"\1", svg, count=1))
