"""Charts that compare: the grid of indices, slopes and stay curves, as a browser would draw them."""

from itertools import pairwise

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


def test_each_curve_has_its_name_at_its_end_and_none_on_another() -> None:
    ends = {"A": 0.5, "B": 0.49, "C": 0.02, "D": 0.01}
    rows = [(event, event == "A", stayed, share) for event, share in ends.items() for stayed in (0.0, 1.0)]
    frame = pl.DataFrame(rows, schema=["event", "is_shown", "stayed", "share"], orient="row")

    [drawn] = events.stay_curves(frame).to_dict()["datasets"].values()
    named = [(row["name"], row["stayed"], row["name_at"]) for row in drawn if row["name"]]

    assert [name for name, *_ in named] == ["A", "B", "C", "D"]
    assert {stayed for _, stayed, _ in named} == {1.0}
    places = [place for *_, place in named]
    assert all(above - below > 0.069 for above, below in pairwise(places))
    assert min(places) > 0


def test_a_grid_of_indices_writes_each_in_its_cell() -> None:
    frame = pl.DataFrame({"group": ["A", "A"], "tag": ["AI", "Data"], "index": [133.3, 0.0]})
    chart = index_grid(frame, row="group", column="tag", index="index", what="Index")
    svg = vl_convert.vegalite_to_svg(chart.to_dict() | {"width": 400})

    assert ">133<" in svg
    assert ">0<" in svg
