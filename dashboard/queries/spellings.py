"""Spellings of companies: all that agree after Unicode NFKC, collapsed blanks and lower case are one company."""

import polars as pl

from dashboard.filters import NOT_GIVEN
from warehouse.marts.companies import company_spellings
from warehouse.schema import NO_COMPANY


def one_name(spellings: pl.DataFrame) -> pl.DataFrame:
    """The name under which each spelling of a company is shown: `company, name`, as `company_engagement` names it.

    Args:
        spellings: `company, attendee_count`; the company is `NOT_GIVEN` where there is none.
    """
    return (
        keyed(spellings)
        .sort("attendee_count", "spelling", descending=[True, False])
        .with_columns(name=pl.col("spelling").first().over("company_key"))
        .select("company", "name")
    )


def keyed(companies: pl.DataFrame) -> pl.DataFrame:
    """The rows with `company_key` and `spelling`: one key for all spellings of one company."""
    given = companies.with_columns(company=pl.col("company").replace(NOT_GIVEN, NO_COMPANY), event_id=pl.lit(""))
    return company_spellings(given).drop("event_id").with_columns(company=companies["company"])
