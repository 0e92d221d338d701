"""Spellings of companies: all that agree after Unicode NFKC, collapsed blanks and lower case are one company.

A company stands in filters and links by any of its spellings. It is shown under that of most attendees.
"""

from collections.abc import Iterable
from dataclasses import replace

import polars as pl

from dashboard.data import Published
from dashboard.filters import NOT_GIVEN, Filters
from warehouse.marts.companies import company_spellings
from warehouse.schema import NO_COMPANY

# SQL of the spellings that are not shown, `given`, with the one that is, `shown`.
RENAMED = "(SELECT unnest($given::VARCHAR[]) AS given, unnest($shown::VARCHAR[]) AS shown)"


def of_event(published: Published, event_id: str) -> pl.DataFrame:
    """All spellings of the event's companies, whatever the filters: `company, attendee_count`.

    Those of people who registered and did not come are there too, with no attendee.
    """
    return published.rows(
        f"""
        SELECT coalesce(company, '{NOT_GIVEN}') AS company, sum(attendee)::BIGINT AS attendee_count
        FROM (
            SELECT company, event_id, 1 AS attendee FROM attendees
            UNION ALL SELECT company, event_id, 0 FROM registrations
        )
        WHERE event_id = $event_id GROUP BY ALL ORDER BY ALL
        """,
        event_id=event_id,
    )


def in_all_spellings(published: Published, filters: Filters) -> Filters:
    """The filters with every spelling of the companies that they name, of all events, registrations and leads."""
    if not filters.companies:
        return filters
    everywhere = published.rows(f"""
        SELECT DISTINCT coalesce(company, '{NOT_GIVEN}') AS company
        FROM (SELECT company FROM attendees UNION SELECT company FROM registrations UNION SELECT company FROM leads)
    """)
    both = keyed(pl.concat([_named(filters.companies), everywhere]))
    wanted = both.head(len(filters.companies)).select("company_key").unique()
    found = both.join(wanted, on="company_key", how="semi")["company"].unique().sort()
    return replace(filters, companies=tuple(found))


def shown_names(published: Published, event_id: str, companies: Iterable[str]) -> tuple[str, ...]:
    """The name under which each of these is shown in the event, in their order, all spellings of a company once."""
    given = _named(companies)
    if given.is_empty():
        return ()
    here = of_event(published, event_id)
    names = one_name(pl.concat([here, given.with_columns(attendee_count=pl.lit(0, pl.Int64))]))
    by_spelling = dict(names.iter_rows())
    return tuple(dict.fromkeys(by_spelling[company] for company in given["company"]))


def one_name(spellings: pl.DataFrame) -> pl.DataFrame:
    """The name under which each spelling of a company is shown: `company, name`, as `company_engagement` names it.

    Args:
        spellings: `company, attendee_count`; the company is `NOT_GIVEN` where there is none.
    """
    return (
        keyed(spellings)
        .with_columns(attendee_count=pl.col("attendee_count").sum().over("company_key", "spelling"))
        .sort("attendee_count", "spelling", descending=[True, False])
        .with_columns(name=pl.col("spelling").first().over("company_key"))
        .select("company", "name")
    )


def renamed(published: Published, event_id: str) -> dict[str, list[str]]:
    """Parameters of `RENAMED`: the event's companies in their spellings that are not shown, with the one that is."""
    names = one_name(of_event(published, event_id)).filter(pl.col("company") != pl.col("name"))
    return {"given": names["company"].to_list(), "shown": names["name"].to_list()}


def keyed(companies: pl.DataFrame) -> pl.DataFrame:
    """The rows with `company_key` and `spelling`: one key for all spellings of one company."""
    given = companies.with_columns(company=pl.col("company").replace(NOT_GIVEN, NO_COMPANY), event_id=pl.lit(""))
    return company_spellings(given).drop("event_id").with_columns(company=companies["company"])


def _named(companies: Iterable[str]) -> pl.DataFrame:
    return pl.DataFrame({"company": list(companies)}, schema={"company": pl.String})
