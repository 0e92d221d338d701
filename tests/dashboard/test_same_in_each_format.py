"""One sponsor's figures: on the page, in each format of the report, and in SQL on the same file."""

from pathlib import Path

import duckdb
import pytest
from streamlit.testing.v1 import AppTest

from dashboard.filters import Filters
from dashboard.queries.credited import Kind
from dashboard.reports import files
from tests.dashboard import reading
from tests.dashboard.page import at, metrics, view_of
from tests.dashboard.rows import SPONSORED, TWO_EVENTS, Publish

SQL = """
    SELECT count(DISTINCT registration_id), sum(minutes_spent) / 60,
           avg(least(1, minutes_spent / scheduled_minutes)), avg((minutes_spent / scheduled_minutes >= 0.9)::INT)
    FROM time_spent SEMI JOIN session_sponsors USING (event_id, session_id)
    JOIN sessions USING (event_id, session_id) JOIN attendees USING (event_id, registration_id)
    WHERE event_id = 'summit' AND {}
"""


@pytest.mark.parametrize(
    ("link", "where", "written"),
    [
        ({}, "true", ("3", "2 h", "67 %", "33 %")),
        ({"country": "France"}, "country = 'France'", ("1", "0.5 h", "50 %", "0 %")),
        ({"industry": "Computing"}, "industry = 'Computing'", ("2", "1.5 h", "75 %", "50 %")),
        ({"minutes": "40"}, "minutes_spent >= 40", ("1", "1 h", "100 %", "100 %")),
    ],
    ids=["all", "country", "industry", "minutes"],
)
def test_a_sponsors_figures_are_the_same_everywhere(
    publish: Publish,
    app: AppTest,
    data_dir: Path,
    link: dict[str, str],
    where: str,
    written: tuple[str, str, str, str],
) -> None:
    filters = Filters.from_address({"event": ["summit"]} | {name: [value] for name, value in link.items()})
    publish(TWO_EVENTS + SPONSORED)
    view = view_of(data_dir)._replace(filters=filters)
    labels = ("Attendees", "Hours watched", "Completion", "Stayed to the end")

    html = reading.html_figures(files.handed_out(view, Kind.SPONSOR, "s1", "html").content)
    assert tuple(html[label][0] for label in labels) == written
    pdf = reading.pdf_figures(files.handed_out(view, Kind.SPONSOR, "s1", "pdf").content)
    assert tuple(pdf[label] for label in labels) == written

    shown = metrics(at(app, "sponsors", event="summit", show="s1", **link))
    on_page = [reading.with_blanks(shown[label]) for label in ("Attendees", "Time (full credit)", "Completion")]
    assert tuple(on_page) == written[:3]

    xlsx = files.handed_out(view, Kind.SPONSOR, "s1", "xlsx").content
    numbers = {label: number for label, number, _ in reading.sheet(xlsx, "Figures")}
    with duckdb.connect(data_dir / "warehouse.duckdb", read_only=True) as connection:
        told = connection.sql(SQL.format(where)).fetchone()
    assert tuple(numbers[label] for label in labels) == pytest.approx(told)
