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


def reached(view: View, every: View, names: Iterable[str], session_keys: list[int]) -> pl.DataFrame:
    """One row per account, those with most attendees of these sessions first, under the filters.

    Columns: `account, attendee_count, total_minutes` (in the sessions)`, event_attendee_count` (in any session of
    `every`, the whole event).
    """
    # An account without a spelling here has a row of its own.
    spellings = [(name, spelling) for name, found in matching(every, names).items() for spelling in found or [""]]
    companies = [spelling for _, spelling in spellings]
    there = _by_company(view, companies, "session_key IN (SELECT unnest($session_keys))", session_keys=session_keys)
    anywhere = _by_company(every, companies, "true").select("company", event_attendee_count="attendee_count")
    return (
        pl.DataFrame(spellings, schema={"account": pl.String, "company": pl.String}, orient="row")
        .join(there, on="company", how="left")
        .join(anywhere, on="company", how="left")
        .group_by("account")
        .agg(pl.col("attendee_count", "total_minutes", "event_attendee_count").sum())
        .sort("attendee_count", "total_minutes", "account", descending=[True, True, False])
    )


def _by_company(view: View, companies: list[str], condition: str, **parameters: list[int]) -> pl.DataFrame:
    """Attendees of these companies, in their spelling, where the condition holds."""
    return view.rows(
        f"""
        , wanted AS (
            SELECT attendee_key, coalesce(company, '{NOT_GIVEN}') AS company FROM keyed_attendees
            WHERE list_contains($wanted, coalesce(company, '{NOT_GIVEN}'))
        )
        SELECT company, count(DISTINCT attendee_key) AS attendee_count, sum(minutes_spent) AS total_minutes
        FROM attendances JOIN wanted USING (attendee_key) WHERE {condition} GROUP BY company
        """,
        wanted=companies,
        **parameters,
    )
