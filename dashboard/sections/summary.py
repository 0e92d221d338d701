"""A few sentences about the chosen attendances, each only where the figures support it. Plain text."""

from typing import Any

import polars as pl

from dashboard.display.text import count, hours, percent

LEAST_ATTENDEES = 10  # a rate of fewer says little


def sentences(
    totals: dict[str, Any], sessions: pl.DataFrame, speakers: pl.DataFrame, tags: pl.DataFrame, over_day: pl.DataFrame
) -> list[str]:
    """What a reader would say who had studied the tables.

    Args:
        totals: of `overview.totals`.
        sessions: of `sessions.sessions`, most minutes first.
        speakers: of `credited.ranking`, most minutes first.
        tags: likewise.
        over_day: of `overview.hours_over_the_day`.
    """
    if not totals["attendee_count"]:
        return ["No attendance is left by these filters."]
    each = f"{totals['mean_minutes_per_attendee']:,.1f} minutes each"
    sessions_held = count(totals["session_count"], "session")
    attendees = count(totals["attendee_count"], "attendee")
    said = [f"{attendees} spent {hours(totals['total_minutes'])} hours in {sessions_held}: {each}."]
    if totals["total_minutes"] <= 0:
        return said
    if sessions.height > 1:
        top = sessions.row(0, named=True)
        share = percent(top["total_minutes"] / totals["total_minutes"])
        said.append(f"Most time went to “{top['session']}”: {share} of all minutes.")
    full = sessions.filter(pl.col("attendee_count") >= LEAST_ATTENDEES).drop_nulls("mean_completion")
    if full.height > 1:
        by_completion = full.sort("mean_completion", "session", descending=[True, False])
        best, worst = by_completion.row(0, named=True), by_completion.row(-1, named=True)
        said.append(
            f"People stayed furthest in “{best['session']}” ({percent(best['mean_completion'])} of its time) and left "
            f"“{worst['session']}” earliest ({percent(worst['mean_completion'])}), "
            f"of the {full.height:,} sessions with {LEAST_ATTENDEES} attendees or more."
        )
    for what, ranked in (("speaker", speakers), ("tag", tags)):
        real = ranked.filter(~pl.col("member").str.starts_with("("))
        if real.height > 1:
            top = real.row(0, named=True)
            said.append(
                f"The {what} with most minutes is {top['name']}: {hours(top['minutes'])} hours in "
                f"{count(top['session_count'], 'session')}."
            )
    if over_day["hour"].n_unique() > 1:
        by_hour = over_day.group_by("hour").agg(pl.col("hours").sum()).sort("hours", "hour", descending=[True, False])
        hour = by_hour["hour"][0]
        said.append(f"The sessions that start between {hour:02d}:00 and {hour:02d}:59 UTC hold most time.")
    return said
