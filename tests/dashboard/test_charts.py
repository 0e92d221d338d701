"""Charts as specifications, without a browser."""

from datetime import date, datetime
from typing import Any

import altair as alt
import polars as pl
import pytest

from dashboard.charts.agenda import agenda
from dashboard.charts.heatmap import heatmap
from dashboard.charts.hours import hours_grid
from dashboard.charts.labels import Dot, place
from dashboard.charts.ranking import ranking
from dashboard.charts.reach import reach
from dashboard.charts.spark import spark
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

    assert bar_layer["mark"]["color"] == "#006AA8"
    assert "color" not in bar_layer["encoding"]


def test_no_rows_make_an_empty_chart() -> None:
    """A frame without rows is no error."""
    assert bars(spec(pl.DataFrame({"talk": [], "time": []}, schema={"talk": pl.String, "time": pl.Float64}))) == []


def test_an_hour_in_which_no_session_starts_is_a_gap() -> None:
    """From the first hour to the last one."""
    frame = pl.DataFrame({"day": [DAY, DAY], "hour": [9, 11], "hours": [1.0, 2.0]})

    y = hours_grid(frame).to_dict()["layer"][0]["encoding"]["y"]

    assert y["scale"]["domain"] == ["09:00", "10:00", "11:00"]


def sessions(*rows: tuple[str, int, float, str | None]) -> pl.DataFrame:
    """Sessions by title, attendees, completion and room, of an hour each; the id is the title."""
    schema = {
        "session": pl.String,
        "attendee_count": pl.Int64,
        "mean_completion": pl.Float64,
        "location_name": pl.String,
    }
    return pl.DataFrame(rows, schema=schema, orient="row").with_columns(
        session_id="session", total_minutes=pl.lit(60.0), local_starts_at=pl.lit(NINE), local_ends_at=pl.lit(TEN)
    )


def drawn(chart: alt.LayerChart) -> list[dict[str, Any]]:
    """The rows that the chart draws, which all of its layers share."""
    (rows,) = chart.to_dict()["datasets"].values()
    return list(rows)


def test_the_extremes_of_many_sessions_are_named() -> None:
    """Those with most attendees, and with the highest and the lowest completion."""
    crowd = [(f"Talk {n}", 100 + n, 0.7 + n / 1000, "Hall") for n in range(20)]
    frame = sessions(
        ("Keynote", 900, 0.8, "Hall"), ("Gripping", 60, 0.95, "Hall"), ("Tiring", 400, 0.4, "Hall"), *crowd
    )

    named = [row["session"] for row in drawn(reach(frame)) if row["label"]]

    assert {"Keynote", "Gripping", "Tiring"} <= set(named)
    assert len(named) <= 6


def test_names_never_stand_on_each_other() -> None:
    """Of dots at nearly the same place one has its name beside it, one above, one below; a fourth finds no place."""
    dots = [Dot(0.9, 0.5, 9), Dot(0.91, 0.5, 9), Dot(0.92, 0.5, 9), Dot(0.93, 0.5, 9)]

    placed = place(dots, ["First", "Second", "Third", "Fourth"], [0, 1, 2, 3], 300, [])

    assert [(label.text, label.align, label.dx, label.dy) for label in placed] == [
        ("First", "right", -13, 0),
        ("Second", "right", 0, -16.5),
        ("Third", "right", 0, 16.5),
    ]


def test_a_name_stays_within_the_plot() -> None:
    """At the upper edge it stands below its dot. A long one is cut."""
    (label,) = place([Dot(0.1, 0.0, 5)], ["A title of more than twenty-four letters"], [0], 300, [])

    assert label.dy > 0
    assert label.text == "A title of more than tw…"


def test_no_legend_says_null() -> None:
    """A session without a room has a word of its own, and one room alone needs no legend."""
    two = reach(sessions(("A", 1, 0.5, "Hall"), ("B", 2, 0.6, None))).to_dict()
    one = reach(sessions(("A", 1, 0.5, "Hall"), ("B", 2, 0.6, "Hall"))).to_dict()

    domains = [
        layer["encoding"]["color"].get("scale", {}).get("domain")
        for layer in two["layer"]
        if "color" in layer["encoding"]
    ]
    assert domains == [["Hall", "No room"]]
    assert not any("legend" in layer["encoding"].get("color", {}) for layer in one["layer"])


def test_smaller_rooms_share_a_colour() -> None:
    """Six have one of their own."""
    frame = sessions(*((f"{room}{n}", 9, 0.5, f"Room {room}") for room in range(8) for n in range(8 - room)))

    assert {row["room"] for row in drawn(reach(frame))} == {*(f"Room {room}" for room in range(6)), "Other"}


def test_sessions_of_a_room_at_the_same_time_have_columns_of_their_own() -> None:
    """Each column has the name of its room."""
    frame = sessions(("A", 1, 0.5, "Hall"), ("B", 2, 0.6, "Hall"), ("C", 3, 0.7, "Loft"), ("D", 3, 0.7, None))

    chart = agenda(frame, (0.5, 0.7))

    assert [(row["session"], row["lane"]) for row in drawn(chart)] == [("A", 0), ("B", 1), ("C", 2), ("D", 3)]
    assert (
        chart.to_dict()["layer"][0]["encoding"]["x"]["axis"]["labelExpr"]
        == '["Hall", "Hall", "Loft", "No room given"][datum.value]'
    )


def test_rooms_are_in_natural_order_and_no_room_is_last() -> None:
    frame = sessions(("A", 1, 0.5, None), ("B", 1, 0.5, "Room 10"), ("C", 1, 0.5, "Room 2"), ("D", 1, 0.5, "Zeppelin"))

    assert (
        agenda(frame, (0.5, 0.7)).to_dict()["layer"][0]["encoding"]["x"]["axis"]["labelExpr"]
        == '["Room 2", "Room 10", "Zeppelin", "No room given"][datum.value]'
    )


def test_an_agenda_of_many_rooms_is_wider_than_its_card() -> None:
    """The card is moved sideways then."""
    few, many = (sessions(*((f"{n}", 1, 0.5, f"Room {n}") for n in range(count))) for count in (9, 10))

    assert [agenda(frame, (0.5, 0.7)).to_dict()["width"] for frame in (few, many)] == ["container", 1200]


def test_a_long_title_breaks_into_lines_that_fit_its_bar() -> None:
    """A bar of twenty minutes has one line, which ends with dots where words are left over."""
    title = "A very long title that goes on and on for an hour and a half, and then for another one"
    two = sessions((title, 1, 0.5, "Hall"), (title, 2, 0.6, "Loft"))
    day = two.with_columns(local_ends_at=pl.Series([NINE.replace(minute=20), TEN]))

    short, long = (row["title"] for row in drawn(agenda(day, (0.5, 0.6))))

    assert short == "A very long title that goes on and on for an hour and a half, and then for…"
    assert long == "A very long title that goes on and on for an hour and a half, and then for\nanother one"


def test_no_hours_make_an_empty_chart() -> None:
    frame = pl.DataFrame(schema={"day": pl.Date, "hour": pl.Int8, "hours": pl.Float64})

    assert drawn(hours_grid(frame)) == []


DAY = date(2025, 10, 1)
NINE, TEN = (datetime(2025, 10, 1, hour) for hour in (9, 10))  # noqa: DTZ001 -- by the clock on the wall
CHARTS = {
    "agenda": agenda(sessions(("Keynote", 3, 0.5, "Main stage")), (0.4, 0.9)),
    "heat map": heatmap(
        pl.DataFrame({"tag": ["AI"], "industry": ["Computing"], "share": [0.5]}),
        row="tag",
        column="industry",
        share="share",
        what="share of minutes",
    ),
    "hours": hours_grid(pl.DataFrame({"day": [DAY], "hour": [9], "hours": [1.5]})),
    "minutes": minutes_distribution(pl.DataFrame({"from_minutes": [0.0], "to_minutes": [2.0], "attendee_count": [3]})),
    "ranking": ranking(pl.DataFrame({"talk": ["A"], "time": [2.0]}), name="talk", value="time", what="talks"),
    "reach": reach(sessions(("Keynote", 3, 0.5, "Main stage"), ("Panel", 2, 0.7, None))),
    "spark of an amount": spark([1.0, 2.0], is_amount=True, description="Hours"),
    "spark of a rate": spark([0.1, 0.2], is_amount=False, description="Completion"),
    "stay curve": stay_curve(pl.DataFrame({"stayed": [0.5], "share": [0.25], "median": [0.5]})),
    "time line": timeline(
        pl.DataFrame({"session": ["Keynote"], "local_starts_at": [NINE], "minutes_spent": [30.0], "completion": [0.5]})
    ),
}


@pytest.mark.parametrize("chart", CHARTS.values(), ids=CHARTS)
def test_a_chart_keeps_to_vega_lites_schema(chart: alt.Chart | alt.LayerChart) -> None:
    """Pages do not check it again."""
    chart.to_dict(validate=True)
