"""A sponsor's booth: its visitors, and the leads among them. Of the whole event: no filter reaches a booth.

Zuddl ties neither a booth to a sponsor nor a lead to a booth. So a booth is the sponsor's when it has the sponsor's
name, and a lead is counted when its mail address is that of a visitor, whoever noted it.
"""

import polars as pl

from dashboard import data
from dashboard.data import View
from dashboard.queries.places import visitors

VISITORS = f"""
    {visitors("event_id = $event_id")}, at_booths AS (
        SELECT DISTINCT event_id, registration_id FROM visitors
        WHERE place_type = 'BOOTH' AND list_contains($place_ids, place_id)
    )
"""


def sponsors(view: View, event_id: str) -> dict[str, str]:
    """The sponsors with a booth of their name in the event: names by id. They need not have a session."""
    found = view.published.rows(
        f"""
        SELECT DISTINCT sponsor_id, sponsor FROM place_engagement JOIN ({data.SPONSOR_NAMES})
            ON {_same("place_name")} = {_same("name")}
        WHERE event_id = $event_id AND place_type = 'BOOTH' ORDER BY sponsor, sponsor_id
        """,
        event_id=event_id,
    )
    return dict(found.iter_rows())


def booths(view: View, event_id: str, sponsor_id: str) -> pl.DataFrame:
    """The booths with the sponsor's name, most visitors first.

    Columns: `place_id, place_name, visitor_count, attendee_count` (with minutes)`, total_minutes, mean_minutes`. The
    last two are null where no visitor's minutes are known.
    """
    return view.published.rows(
        f"""
        SELECT place_id, place_name, visitor_count, attendee_count,
               if(attendee_count > 0, total_minutes, NULL) AS total_minutes, mean_minutes
        FROM place_engagement JOIN ({data.SPONSOR_NAMES}) ON {_same("place_name")} = {_same("name")}
        WHERE event_id = $event_id AND place_type = 'BOOTH' AND sponsor_id = $sponsor_id
        ORDER BY visitor_count DESC, place_id
        """,
        event_id=event_id,
        sponsor_id=sponsor_id,
    )


def visitors_in(view: View, event_id: str, place_ids: list[str], session_keys: list[int]) -> int:
    """How many visitors of these booths were in one of these sessions."""
    found = view.rows(
        f"""
        , {VISITORS}
        SELECT count(DISTINCT attendee_key)
        FROM attendances JOIN keyed_attendees USING (attendee_key) SEMI JOIN at_booths USING (event_id, registration_id)
        WHERE session_key IN (SELECT unnest($session_keys))
        """,
        event_id=event_id,
        place_ids=place_ids,
        session_keys=session_keys,
    )
    return int(found.item())


def leads_by_rating(view: View, event_id: str, place_ids: list[str]) -> pl.DataFrame:
    """Leads among the visitors of these booths: `rating, lead_count`, the best rating first, null for none."""
    return view.published.rows(
        f"""
        WITH {VISITORS}, addresses AS (
            SELECT lower(trim(email)) AS address
            FROM registrations SEMI JOIN at_booths USING (event_id, registration_id)
        )
        SELECT rating, count(*) AS lead_count FROM leads
        WHERE event_id = $event_id AND lower(trim(email)) IN (SELECT address FROM addresses WHERE address <> '')
        GROUP BY rating ORDER BY rating DESC NULLS LAST
        """,
        event_id=event_id,
        place_ids=place_ids,
    )


def _same(column: str) -> str:
    """SQL of a name without the differences that people overlook: case and blanks."""
    return f"lower(trim(regexp_replace(nfc_normalize({column}), '\\s+', ' ', 'g')))"
