"""A chart as every page shows it: drawn, and with its downloads."""

from functools import partial
from typing import Any

import altair as alt
import polars as pl
import streamlit as st

from dashboard.display import pictures
from dashboard.display.downloads import made


def show(chart: pictures.Chart, *, name: str, title: str) -> None:
    """Draw the chart, and the buttons that download it as a picture.

    Args:
        chart: what to draw.
        name: what the chart holds, for the names of its files; unique on the page.
        title: the heading of the chart in its files.
    """
    # Without a padding of its own, Streamlit leaves an empty strip below each chart.
    st.vega_lite_chart(_unchecked(chart) | {"padding": {"bottom": 0}})
    with st.container(horizontal=True, horizontal_alignment="right"):
        for label, picture, kind in (("PNG", pictures.as_png, "image/png"), ("SVG", pictures.as_svg, "image/svg+xml")):
            st.download_button(
                label,
                made(partial(picture, chart, title)),
                f"{name}.{label.lower()}",
                kind,
                key=f"{label.lower()}-{name}",
                on_click="ignore",
                type="tertiary",
            )


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
