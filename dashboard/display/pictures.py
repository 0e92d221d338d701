"""Charts as pictures that stand alone: on white, with their title, made without a browser."""

from typing import Any

import altair as alt
import vl_convert

from dashboard.charts.colours import AMOUNTS

WIDTH = 900  # pixels; twice as many in a PNG
Chart = alt.Chart | alt.LayerChart


def as_png(chart: Chart, title: str) -> bytes:
    """The chart as PNG, for slides and mails."""
    return vl_convert.vegalite_to_png(_alone(chart, title), scale=2, allowed_base_urls=NO_ADDRESS)


def as_svg(chart: Chart, title: str) -> bytes:
    """The chart as SVG, for print at any size. Text from data is escaped."""
    return vl_convert.vegalite_to_svg(_alone(chart, title), allowed_base_urls=NO_ADDRESS).encode()


# A chart must not make the server fetch anything.
NO_ADDRESS: list[str] = []


def _alone(chart: Chart, title: str) -> dict[str, Any]:
    heading = {"text": title, "anchor": "start", "fontSize": 16, "offset": 16}
    ramps = {"range": {"heatmap": list(AMOUNTS), "ramp": list(AMOUNTS)}}
    return (
        chart.to_dict() | {"config": ramps} | {"width": WIDTH, "background": "white", "padding": 24, "title": heading}
    )
