"""A chart as every page shows it: drawn, and with its downloads."""

from functools import partial
from typing import Any

import altair as alt
import polars as pl
import streamlit as st

from dashboard.charts.ranking import TOP, ranking
from dashboard.display import about, downloads, pictures


def show(chart: pictures.Chart, *, name: str, title: str) -> None:
    """Draw the chart, and the buttons that download it as a picture.

    Args:
        chart: what to draw.
        name: what the chart holds, for the names of its files; unique on the page.
        title: the heading of the chart in its files.
    """
    # Without a padding of its own, Streamlit leaves an empty strip below each chart.
    st.vega_lite_chart(_unchecked(chart) | {"padding": {"bottom": 0}})
    source = about.current()
    with st.container(horizontal=True, horizontal_alignment="right"):
        png, svg = partial(pictures.as_png, chart, title, source), partial(pictures.as_svg, chart, title, source)
        downloads.button("PNG", png, source.file_name(name, "png"), "image/png", "tertiary")
        downloads.button("SVG", svg, source.file_name(name, "svg"), "image/svg+xml", "tertiary")


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
    refers = chart.copy(deep=False)
    refers.data = alt.NamedData(name=name)
    return refers.to_dict(validate=False) | {"datasets": {name: rows}}
