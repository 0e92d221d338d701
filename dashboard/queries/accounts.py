"""Target accounts: which of a list of companies some sessions reached."""

from collections.abc import Iterable

import polars as pl

from dashboard.data import View
from dashboard.filters import NOT_GIVEN
from dashboard.queries.companies import matching
from dashboard.queries.spellings import keyed


def listed(text: str) -> tuple[str, ...]:
    """The names in a text that has one a line, each spelling of a company once."""
    names = [" ".join(line.split()) for line in text.splitlines() if line.strip()]
    companies = keyed(pl.DataFrame({"company": names}, schema={"company": pl.String}))
    return tuple(companies.unique("company_key", keep="first", maintain_order=True)["company"])


def reached(view: View, names: Iterable[str], session_keys: list[int]) -> pl.DataFrame:
    """One row per account, those with most attendees of these sessions first, under the filters.

    Columns: `account, attendee_count, total_minutes` (in the sessions)`, event_attendee_count` (in any session).
    """
    # An account without a spelling here has a row of its own.
    spellings = [(name, spelling) for name, found in matching(view, names).items() for spelling in found or [""]]
    of_companies = view.rows(
        f"""
        , wanted AS (
            SELECT attendee_key, coalesce(company, '{NOT_GIVEN}') AS company FROM keyed_attendees
            WHERE list_contains($companies, coalesce(company, '{NOT_GIVEN}'))
        ), came AS (
            SELECT company, attendee_key, minutes_spent, session_key IN (SELECT unnest($session_keys)) AS is_there
            FROM attendances JOIN wanted USING (attendee_key)
        )
        SELECT company, count(DISTINCT attendee_key) FILTER (is_there) AS attendee_count,
               coalesce(sum(minutes_spent) FILTER (is_there), 0) AS total_minutes,
               count(DISTINCT attendee_key) AS event_attendee_count
        FROM came GROUP BY company
        """,
        companies=[spelling for _, spelling in spellings],
        session_keys=session_keys,
    )
    return (
        pl.DataFrame(spellings, schema={"account": pl.String, "company": pl.String}, orient="row")
        .join(of_companies, on="company", how="left")
        .group_by("account")
        .agg(pl.col("attendee_count", "total_minutes", "event_attendee_count").sum())
        .sort("attendee_count", "total_minutes", "account", descending=[True, True, False])
    )
