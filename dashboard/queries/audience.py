"""The audience: who the attendees of some sessions are, and the filters on people where there are no attendances."""

from typing import Any

import polars as pl

from dashboard.data import View
from dashboard.filters import NOT_GIVEN, Filters
from dashboard.queries.spellings import of_event, one_name
from warehouse.schema import PROFILE

MAX_ROWS = 20
# The filters on people, by the column that they are about.
ON_PEOPLE = {"company": "companies", "industry": "industries", "country": "countries"}


def audience(view: View, session_keys: list[int]) -> pl.DataFrame:
    """Attendees of the sessions by each column of `PROFILE`: `column, name, attendee_count`, most attendees first.

    At most `MAX_ROWS` of each column. An attendee of several of the sessions counts once; all spellings of a company
    count as one.
    """
    counts = view.rows(
        f"""
        , came AS (SELECT DISTINCT attendee_key FROM attendances WHERE session_key IN (SELECT unnest($session_keys)))
        SELECT "column", coalesce(given, '{NOT_GIVEN}') AS name, count(*) AS attendee_count
        FROM (FROM came JOIN keyed_attendees USING (attendee_key))
        UNPIVOT INCLUDE NULLS (given FOR "column" IN ({", ".join(PROFILE)}))
        GROUP BY "column", name
        """,
        session_keys=session_keys,
    )
    is_company = pl.col("column") == "company"
    companies = counts.filter(is_company).rename({"name": "company"})
    names = one_name(of_event(view.published, event_of(view)))
    return (
        pl.concat([counts.filter(~is_company), companies.join(names, on="company").select(counts.columns)])
        .group_by("column", "name")
        .agg(pl.col("attendee_count").sum())
        .sort("column", "attendee_count", "name", descending=[False, True, False])
        .group_by("column", maintain_order=True)
        .head(MAX_ROWS)
    )


def known(column: str) -> str:
    """The name of a column of `PROFILE`, safe to write into a query; any other name is a ValueError."""
    if column not in PROFILE:
        raise ValueError(column)
    return column


def event_of(view: View) -> str:
    """The id of the one event that the view is about."""
    (event_id,) = view.filters.event_ids
    return event_id


def on_people(view: View, *columns: str) -> tuple[str, dict[str, Any]]:
    """SQL of the condition that a row meets the filters on these columns of people, and its parameters.

    For tables of people who need not have been in any session.
    """
    set_ones = {
        column: field for column, field in ON_PEOPLE.items() if column in columns and field in view.filters.parameters
    }
    conditions = [f"list_contains(${field}, coalesce({column}, '{NOT_GIVEN}'))" for column, field in set_ones.items()]
    return " AND ".join(["true", *conditions]), {field: view.filters.parameters[field] for field in set_ones.values()}


def people_only(view: View, *columns: str) -> tuple[str, dict[str, Any]]:
    """As `on_people`, of the view's one event alone."""
    condition, parameters = on_people(view, *columns)
    return f"event_id = $event_id AND {condition}", parameters | {"event_id": event_of(view)}


def with_filters_on(view: View, *columns: str) -> View:
    """The view of the same event, under its filters on these columns of people alone."""
    fields: dict[str, Any] = {ON_PEOPLE[column]: getattr(view.filters, ON_PEOPLE[column]) for column in columns}
    return view._replace(filters=Filters(event_ids=view.filters.event_ids, credit=view.filters.credit, **fields))


def of_whole_event(view: View) -> View:
    """The view that shares of the event are of: under the filters on people alone."""
    return with_filters_on(view, *ON_PEOPLE)
