"""A chart as every page shows it: drawn, and with its downloads."""

from functools import partial

import altair as alt
import polars as pl
import streamlit as st

from dashboard import pictures
from dashboard.on_demand import made


def show(chart: pictures.Chart, *, name: str, title: str) -> None:
    """Draw the chart, and buttons that make its picture when they are pressed.

    Args:
        chart: what to draw.
        name: what the chart holds, for the names of its files; no other of the page has it.
        title: what stands above it in its files, where the page is not around it.
    """
    # Of the chart as it is, Streamlit would check each part against Vega-Lite's schema: longer than many queries take.
    rows = chart.data
    assert isinstance(rows, pl.DataFrame)  # noqa: S101 -- altair's type is wider
    undressed = chart.copy(deep=False)
    undressed.data = alt.Undefined
    # Left to itself, Streamlit's client keeps a strip free below each chart.
    st.vega_lite_chart(rows, undressed.to_dict(validate=False) | {"padding": {"bottom": 0}})
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
