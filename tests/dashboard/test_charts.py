"""Charts as specifications, without a browser."""

from datetime import UTC, datetime
from typing import Any

import altair as alt
import polars as pl
import pytest

from dashboard.charts.agenda import agenda
from dashboard.charts.heatmap import heatmap
from dashboard.charts.hours import hours_over_the_day
from dashboard.charts.ranking import ranking
from dashboard.charts.stay import minutes_distribution, stay_curve, timeline


def spec(frame: pl.DataFrame) -> dict[str, Any]:
    """The chart's Vega-Lite specification, with its rows in it."""
    chart = ranking(frame, name="talk", value="time", what="talks")
    return chart.to_dict()


def bars(specification: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows that the specification draws."""
    (rows,) = specification["datasets"].values()
    return list(rows)


def test_bars_keep_the_order_of_the_rows() -> None:
    """The first row is the first bar."""
    frame = pl.DataFrame({"talk": ["B", "A"], "time": [2.0, 1.0]})

    assert bars(spec(frame)) == [
        {"name": "B", "value": 2.0, "position": 0},
        {"name": "A", "value": 1.0, "position": 1},
    ]


def test_rows_of_one_name_are_bars_of_their_own() -> None:
    """Two sessions of one title are not added up."""
    frame = pl.DataFrame({"talk": ["Welcome", "Welcome"], "time": [2.0, 1.0]})

    specification = spec(frame)

    assert [bar["value"] for bar in bars(specification)] == [2.0, 1.0]
    assert {layer["encoding"]["y"]["field"] for layer in specification["layer"]} == {"position"}


def test_no_more_than_twenty_bars_are_drawn() -> None:
    """Further rows do not reach the browser."""
    frame = pl.DataFrame({"talk": [f"Talk {n}" for n in range(21)], "time": [float(n) for n in range(21)]})

    assert len(bars(spec(frame))) == 20


def test_a_chart_describes_itself_to_those_who_cannot_see_it() -> None:
    """The description says what is drawn, and how much of it."""
    frame = pl.DataFrame({"talk": [f"Talk {n}" for n in range(30)], "time": [1.0] * 30})

    assert spec(frame)["description"] == (
        "Bar chart of minutes: the first 20 of 30 talks. The table below holds the same figures."
    )


def test_only_name_and_minutes_reach_the_chart() -> None:
    """Other columns of the frame, such as a mail address, stay behind."""
    frame = pl.DataFrame({"talk": ["A"], "time": [1.0], "email": ["ada@example.com"]})

    assert bars(spec(frame)) == [{"name": "A", "value": 1.0, "position": 0}]


def test_all_bars_have_one_colour() -> None:
    """The length alone shows the amount, so colour vision does not matter."""
    bar_layer = spec(pl.DataFrame({"talk": ["A"], "time": [1.0]}))["layer"][0]

    assert bar_layer["mark"]["color"] == "#0072B2"
    assert "color" not in bar_layer["encoding"]


def test_no_rows_make_an_empty_chart() -> None:
    """A frame without rows is no error."""
    assert bars(spec(pl.DataFrame({"talk": [], "time": []}, schema={"talk": pl.String, "time": pl.Float64}))) == []


def test_an_hour_in_which_no_session_starts_is_a_gap() -> None:
    """From the first hour to the last one."""
    frame = pl.DataFrame({"hour": [9, 11], "location": ["A", "B"], "hours": [1.0, 2.0]})

    x = hours_over_the_day(frame).to_dict()["encoding"]["x"]

    assert x["scale"]["domain"] == ["09:00", "10:00", "11:00"]


def test_the_legend_of_completion_ends_at_all_of_it() -> None:
    """At 100%, where the scale ends."""
    assert CHARTS["agenda"].to_dict()["encoding"]["color"]["legend"]["values"] == [0, 0.25, 0.5, 0.75, 1]


def test_no_hours_make_an_empty_chart() -> None:
    frame = pl.DataFrame(schema={"hour": pl.Int8, "location": pl.String, "hours": pl.Float64})

    assert bars(hours_over_the_day(frame).to_dict(validate=False)) == []


NINE, TEN = (datetime(2025, 10, 1, hour, tzinfo=UTC) for hour in (9, 10))
CHARTS = {
    "agenda": agenda(
        pl.DataFrame(
            {
                "session": ["Keynote"],
                "starts_at": [NINE],
                "ends_at": [TEN],
                "location_name": ["Main stage"],
                "attendee_count": [3],
                "mean_completion": [0.5],
            }
        )
    ),
    "heat map": heatmap(
        pl.DataFrame({"tag": ["AI"], "industry": ["Computing"], "share": [0.5]}),
        row="tag",
        column="industry",
        share="share",
        what="share of minutes",
    ),
    "hours": hours_over_the_day(pl.DataFrame({"hour": [9], "location": ["Main stage"], "hours": [1.5]})),
    "minutes": minutes_distribution(pl.DataFrame({"from_minutes": [0.0], "to_minutes": [2.0], "attendee_count": [3]})),
    "ranking": ranking(pl.DataFrame({"talk": ["A"], "time": [2.0]}), name="talk", value="time", what="talks"),
    "stay curve": stay_curve(pl.DataFrame({"stayed": [0.5], "share": [0.25]})),
    "time line": timeline(
        pl.DataFrame({"session": ["Keynote"], "starts_at": [NINE], "minutes_spent": [30.0], "completion": [0.5]})
    ),
}


@pytest.mark.parametrize("chart", CHARTS.values(), ids=CHARTS)
def test_a_chart_keeps_to_vega_lites_schema(chart: alt.Chart | alt.LayerChart) -> None:
    """Pages do not check it again."""
    chart.to_dict(validate=True)
