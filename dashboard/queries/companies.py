"""Companies among the attendees: people, time, sessions and topics of each, all spellings of a company as one."""

from collections.abc import Iterable
from dataclasses import replace

import polars as pl

from dashboard.data import View
from dashboard.filters import NOT_GIVEN
from dashboard.queries.audience import event_of
from dashboard.queries.spellings import keyed, of_event, one_name


def matching(view: View, names: Iterable[str]) -> dict[str, list[str]]:
    """The event's spellings of each of these names; none where nobody is of that company."""
    wanted = pl.DataFrame({"company": list(names)}, schema={"company": pl.String}).with_columns(is_wanted=True)
    here = of_event(view.published, event_of(view)).select("company").with_columns(is_wanted=False)
    both = keyed(pl.concat([here, wanted]))
    by_key = both.filter(~pl.col("is_wanted")).group_by("company_key", maintain_order=True).agg("company")
    found = both.filter("is_wanted").join(by_key, on="company_key", how="left", suffix="_here", maintain_order="left")
    return {company: here or [] for company, here in found.select("company", "company_here").iter_rows()}


def companies(view: View) -> pl.DataFrame:
    """One row per company with an attendance under the filters, most attendees first.

    Columns: `name, attendee_count, session_count, total_minutes, mean_minutes` (per attendee)`, mean_completion,
    top_tag` (most minutes in full credit, null where no session has a tag).
    """
    names = one_name(of_event(view.published, event_of(view)))
    by_session = view.rows(f"""
        SELECT coalesce(company, '{NOT_GIVEN}') AS company, session_key, sum(minutes_spent) AS minutes,
               sum(completion) AS completed, count(completion) AS scheduled
        FROM attendances_with_completion JOIN keyed_attendees USING (attendee_key) GROUP BY ALL
    """).join(names, on="company")
    attendees = view.rows(f"""
        SELECT coalesce(company, '{NOT_GIVEN}') AS company, count(*) AS attendee_count
        FROM keyed_attendees SEMI JOIN attendances USING (attendee_key) GROUP BY ALL
    """).join(names, on="company")
    figures = by_session.group_by("name").agg(
        session_count=pl.col("session_key").n_unique().cast(pl.Int64),
        total_minutes=pl.col("minutes").sum(),
        mean_completion=(pl.col("completed").sum() / pl.col("scheduled").sum()).fill_nan(None),
    )
    return (
        attendees.group_by("name")
        .agg(pl.col("attendee_count").sum())
        .join(figures, on="name")
        .join(_top_tags(view, by_session), on="name", how="left")
        .with_columns(mean_minutes=pl.col("total_minutes") / pl.col("attendee_count"))
        .sort("attendee_count", "total_minutes", "name", descending=[True, True, False])
    )


def shown_as(view: View, spelling: str) -> str | None:
    """The name under which the company of this spelling is shown; None where nobody is of it."""
    here = matching(view, [spelling])[spelling]
    names = dict(one_name(of_event(view.published, event_of(view))).iter_rows())
    return names[here[0]] if here else None


def of_company(view: View, name: str) -> View:
    """The view of one company's people alone."""
    return view._replace(filters=replace(view.filters, companies=tuple(matching(view, [name])[name])))


def _top_tags(view: View, by_session: pl.DataFrame) -> pl.DataFrame:
    tags = view.rows("SELECT session_key, tag FROM keyed_sessions JOIN session_tags USING (event_id, session_id)")
    return (
        by_session.group_by("name", "session_key")
        .agg(pl.col("minutes").sum())
        .join(tags, on="session_key")
        .group_by("name", "tag")
        .agg(pl.col("minutes").sum())
        .sort("minutes", "tag", descending=[True, False])
        .group_by("name")
        .agg(top_tag=pl.col("tag").first())
    )
