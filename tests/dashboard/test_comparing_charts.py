"""Charts that compare: the grid of indices, slopes and stay curves, as a browser would draw them."""

import polars as pl
import pytest
import vl_convert

from dashboard.charts import events
from dashboard.charts.index_grid import index_grid

EVENTS = pl.DataFrame({"event": ["Summit", "Workshops"], "is_shown": [True, False], "rate": [0.62, 0.81]})


@pytest.mark.parametrize(("median", "has_line"), [(0.7, True), (None, False)], ids=["with a median", "without one"])
def test_a_slope_names_each_event_and_its_figure(median: float | None, has_line: bool) -> None:
    chart = events.slope(EVENTS, value="rate", unit="share", median=median, what="Completion")
    svg = vl_convert.vegalite_to_svg(chart.to_dict())

    assert all(text in svg for text in ("Summit", "Workshops", "62\N{NO-BREAK SPACE}%", "81\N{NO-BREAK SPACE}%"))
    assert ("stroke-dasharray" in svg) is has_line


def test_stay_curves_are_one_line_an_event() -> None:
    frame = EVENTS.select("event", "is_shown", share="rate").join(
        pl.DataFrame({"stayed": [0.0, 0.5, 1.0]}), how="cross"
    )
    svg = vl_convert.vegalite_to_svg(events.stay_curves(frame).to_dict())

    assert svg.count("mark-line") == 2


def test_a_grid_of_indices_writes_each_in_its_cell() -> None:
    frame = pl.DataFrame({"group": ["A", "A"], "tag": ["AI", "Data"], "index": [133.3, 0.0]})
    chart = index_grid(frame, row="group", column="tag", index="index", what="Index")
    svg = vl_convert.vegalite_to_svg(chart.to_dict() | {"width": 400})

    assert ">133<" in svg
    assert ">0<" in svg
