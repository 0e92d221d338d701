"""Booths, rooms and stages: who visited them; and the leads that exhibitors noted.

A visit belongs to no session, so of the filters only those on people apply. Leads carry no industry and no country.
"""

import polars as pl

from dashboard import data
from dashboard.data import View
from dashboard.filters import NOT_GIVEN
from dashboard.queries import credited, overview
from dashboard.queries.audience import event_of, people_only
from dashboard.queries.credited import Kind
from dashboard.queries.spellings import one_name
from warehouse.schema import NO_SPONSOR

PLACE_TYPES = {
    "BOOTH": "Booth",
    "DISCUSSION_ROOM": "Discussion room",
    "BREAKOUT_ROOM": "Breakout room",
    "STAGE": "Stage",
}
# A larger grid can't be read on a screen.
MAX_BOOTHS, MAX_SPONSORS = 12, 12


def visits(view: View) -> pl.DataFrame:
    """One row per place with a visitor, as in `place_engagement`, but under the filters on people: most minutes first.

    Columns: `place_type, place_id, place, visitor_count, attendee_count` (with minutes)`, total_minutes, mean_minutes`;
    the last two are null where no visitor's minutes are known.
    """
    condition, parameters = people_only(view, "company", "industry", "country")
    return view.published.rows(
        f"""
        WITH {visitors(condition)}
        SELECT place_type, place_id, any_value({_NAME}) AS place, count(*) AS visitor_count,
               count(minutes) AS attendee_count, sum(minutes) AS total_minutes,
               avg(minutes) AS mean_minutes
        FROM visitors LEFT JOIN place_engagement USING (event_id, place_type, place_id)
        GROUP BY place_type, place_id ORDER BY total_minutes DESC NULLS LAST, visitor_count DESC, place, place_id
        """,
        **parameters,
    )


def overlap(view: View) -> pl.DataFrame:
    """Booths by sponsors: how many of a booth's visitors were in a session of the sponsor, under the filters.

    Columns: `booth, sponsor, visitor_count` (of those in any session)`, audience_count, both_count, share` (of these
    visitors)`, average` (the same share of all attendees), so a share above it says that the booth drew the sponsor's
    audience. Only the booths with most such visitors and the sponsors with the largest audience; no rows without a
    booth or a sponsor.
    """
    booths = _booth_visitors(
        view,
        f"""
        SELECT place_id, any_value({_NAME}) AS booth, count(*) AS visitor_count
        FROM came LEFT JOIN (FROM place_engagement WHERE place_type = 'BOOTH') AS place_engagement
            USING (event_id, place_id)
        GROUP BY place_id ORDER BY visitor_count DESC, booth, place_id LIMIT {MAX_BOOTHS}
        """,
    )
    both = _booth_visitors(
        view,
        """
        , audience AS (
            SELECT DISTINCT sponsor_id AS part, attendee_key
            FROM (FROM attendances SEMI JOIN came USING (attendee_key)) JOIN keyed_sessions USING (session_key)
            JOIN session_sponsors USING (event_id, session_id)
        )
        SELECT place_id, part, count(*) AS both_count FROM came JOIN audience USING (attendee_key) GROUP BY ALL
        """,
    )
    names = view.published.rows(f"SELECT sponsor_id AS part, sponsor FROM ({data.SPONSOR_NAMES})")
    sponsors = (
        credited.attendee_counts(view, Kind.SPONSOR)
        .filter(pl.col("part") != NO_SPONSOR)
        .rename({"attendee_count": "audience_count"})
        .join(names, on="part")
        .sort("audience_count", "sponsor", descending=[True, False])
        .head(MAX_SPONSORS)
    )
    everybody = overview.totals(view)["attendee_count"]
    return (
        booths.join(sponsors, how="cross")
        .join(both, on=["place_id", "part"], how="left", maintain_order="left")
        .with_columns(pl.col("both_count").fill_null(0))
        .with_columns(
            share=pl.col("both_count") / pl.col("visitor_count"),
            average=pl.col("audience_count") / everybody,
        )
    )


def _booth_visitors(view: View, query: str) -> pl.DataFrame:
    """Rows of a query on `came`: the booths' visitors who were in any session under the filters, one row each."""
    return view.rows(
        f"""
        , {visitors("event_id = $event_id")}, came AS (
            SELECT event_id, place_id, attendee_key
            FROM (FROM visitors WHERE place_type = 'BOOTH') JOIN keyed_attendees USING (event_id, registration_id)
            SEMI JOIN attendances USING (attendee_key)
        ) {query}
        """,
        event_id=event_of(view),
    )


def leads_by_rating(view: View) -> pl.DataFrame:
    """Leads by `rating`, the best first, those without one last: `name, lead_count, share`."""
    return _leads(
        view,
        f"""
        SELECT coalesce(printf('%g', rating), '{NOT_GIVEN}') AS name, count(*) AS lead_count,
               count(*) / (SELECT count(*) FROM noted) AS share
        FROM noted GROUP BY rating ORDER BY rating DESC NULLS LAST
        """,
    )


def leads_by_status(view: View) -> pl.DataFrame:
    """Leads by status, most first: `name, lead_count, share, mean_rating`."""
    return _leads(
        view,
        f"""
        SELECT coalesce(lead_status, '{NOT_GIVEN}') AS name, count(*) AS lead_count,
               count(*) / (SELECT count(*) FROM noted) AS share, avg(rating) AS mean_rating
        FROM noted GROUP BY ALL ORDER BY lead_count DESC, name
        """,
    )


def leads_by_company(view: View) -> pl.DataFrame:
    """Leads by company, most first, all spellings of a company as one: `name, lead_count, mean_rating`."""
    by_spelling = _leads(
        view,
        f"""
        SELECT coalesce(company, '{NOT_GIVEN}') AS company, count(*) AS attendee_count, sum(rating) AS rated,
               count(rating) AS rating_count
        FROM noted GROUP BY ALL
        """,
    )
    return (
        by_spelling.join(one_name(by_spelling.select("company", "attendee_count")), on="company")
        .group_by("name")
        .agg(
            lead_count=pl.col("attendee_count").sum(),
            mean_rating=(pl.col("rated").sum() / pl.col("rating_count").sum()).fill_nan(None),
        )
        .sort("lead_count", "name", descending=[True, False])
    )


def leads(view: View) -> pl.DataFrame:
    """Every lead with name and mail address, the best first. Only for an operator who allows it."""
    assert view.settings.show_pii  # noqa: S101 -- a page that asks without it is a mistake
    return _leads(
        view,
        """
        SELECT nullif(trim(concat_ws(' ', first_name, last_name)), '') AS lead, email, company, designation, rating,
               lead_status, added_by_name
        FROM noted ORDER BY rating DESC NULLS LAST, lead, lead_id
        """,
    )


def _leads(view: View, query: str) -> pl.DataFrame:
    condition, parameters = people_only(view, "company")
    return view.published.rows(f"WITH noted AS (FROM leads WHERE {condition}) {query}", **parameters)


_NAME = "coalesce(place_engagement.place_name, place_id)"


def visitors(condition: str) -> str:
    """SQL of `visitors`: one row per place and registration, with its minutes there, null when it has none.

    Several actions count as the file's REPEAT_POLICY says: the minutes of the latest, or their sum.
    """
    spent = "minutes_spent) FILTER (starts_with(action, 'TIME_SPENT_IN_') AND minutes_spent IS NOT NULL)"
    latest = spent.replace(")", " ORDER BY action_created_at NULLS FIRST, delivery_id)", 1)
    return f"""visitors AS (
        SELECT event_id, place_type, place_id, registration_id,
               if((SELECT any_value(repeat_policy) FROM raw.settings) = 'sum', sum({spent}, last({latest}) AS minutes
        FROM actions SEMI JOIN (FROM registrations WHERE {condition}) AS people USING (event_id, registration_id)
        WHERE place_id IS NOT NULL AND (starts_with(action, 'JOINED_') OR starts_with(action, 'TIME_SPENT_IN_'))
        GROUP BY ALL
    )"""
