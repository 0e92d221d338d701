"""A chart as every page shows it: drawn, and with its downloads."""

from collections.abc import Callable
from functools import partial
from typing import Any, Literal

import altair as alt
import polars as pl
import streamlit as st

from dashboard.charts.picking import FIELD, PICK
from dashboard.charts.ranking import TOP, ranking
from dashboard.charts.spark import spark
from dashboard.display import about, downloads, pictures

# Streamlit's own colour of labels is too pale to be read easily.
_INK = {"labelColor": "currentColor", "titleColor": "currentColor", "labelOpacity": 0.85, "titleOpacity": 0.85}
LABELS = {"axis": _INK, "legend": _INK, "header": {"labelColor": "currentColor"}}


def show(chart: pictures.Chart, *, name: str, title: str, choose: Callable[[str], None] | None = None) -> None:
    """Draw the chart, and the buttons that download it as a picture.

    Args:
        chart: what to draw.
        name: what the chart holds, for the names of its files; unique on the page.
        title: the heading of the chart in its files.
        choose: called with the id of the session whose mark the visitor chooses.
    """
    # Without a padding of its own, Streamlit leaves an empty strip below each chart.
    drawn = _unchecked(chart) | {"padding": {"bottom": 0}, "config": LABELS}
    key = f"chart-{name}"
    width: Literal["stretch", "content"] = "stretch" if drawn.get("width") == "container" else "content"
    if choose is None:
        st.vega_lite_chart(drawn, key=key, width=width)
    else:
        st.vega_lite_chart(drawn, key=key, width=width, on_select=partial(_chosen, key, choose))
    source = about.current()
    png, svg = partial(pictures.as_png, chart, title, source), partial(pictures.as_svg, chart, title, source)
    with downloads.menu("Picture"):
        downloads.button("PNG", png, source.file_name(name, "png"), "image/png")
        downloads.button("SVG", svg, source.file_name(name, "svg"), "image/svg+xml")


def show_spark(values: list[float], *, is_amount: bool, description: str) -> None:
    """Draw the course of a figure: small, and without downloads."""
    drawn = _unchecked(spark(values, is_amount=is_amount, description=description))
    st.vega_lite_chart(drawn | {"padding": 0})


def _chosen(key: str, choose: Callable[[str], None]) -> None:
    rows = st.session_state[key].selection.get(PICK)
    if rows:
        choose(rows[0][FIELD])


def show_ranking(  # noqa: PLR0913 -- those of `ranking` and of `show`
    frame: pl.DataFrame, column: str, value: str, *, what: str, name: str, title: str, unit: str = "minutes"
) -> None:
    """Draw the first rows of a table below as bars, named by the column, and say how many rows the table has."""
    if frame.height > TOP:
        st.caption(f"The first {TOP} of {frame.height:,} {what}; the table has them all.")
    show(ranking(frame, name=column, value=value, what=what, unit=unit), name=name, title=title)


def _unchecked(chart: pictures.Chart) -> dict[str, Any]:
    """The chart's specification, with its rows as a frame.

    `st.altair_chart` would check each part against Vega-Lite's schema, which takes longer than many queries.
    """
    rows = chart.data
    assert isinstance(rows, pl.DataFrame)  # noqa: S101 -- altair's type is wider
    # The browser tells by this name whether it has the rows already.
    name = str(rows.hash_rows().sum())
    # For a moment the chart itself refers to them: a copy of it would take 4 ms.
    chart.data = alt.NamedData(name=name)
    try:
        return chart.to_dict(validate=False) | {"datasets": {name: rows}}
    finally:
        chart.data = rows
