"""What the filters offer of one event: of its sessions only those with time spent, since every figure is made of these.

Each choice is an id with its name.
"""

from collections.abc import Iterator

import polars as pl

from dashboard import data
from dashboard.data import Published
from dashboard.filters import NOT_GIVEN, ROOM, Filters
from dashboard.queries import spellings
from dashboard.queries.audience import known
from warehouse.schema import NO_SPEAKER, NO_SPONSOR, UNTAGGED

# Nobody reads a longer list. Those with most attendees are kept, and a search finds them.
MAX_CHOICES = 1000

IN_ORDER = "ORDER BY lower(name), name, id"
SESSIONS = "(FROM session_engagement WHERE event_id = $event_id)"


def _people(what: str, names: str) -> str:
    """SQL of the event's speakers or sponsors: id and name."""
    return f"""
        SELECT {what}_id AS id, {what} AS name FROM ({names})
        SEMI JOIN (FROM session_{what}s SEMI JOIN {SESSIONS} USING (event_id, session_id)) USING ({what}_id)
    """


def _profile(column: str) -> str:
    """SQL of what the event's attendees have in the column, before there are any, those who registered.

    The column is company, country, designation or industry.
    """
    return f"""
        SELECT coalesce({known(column)}, '{NOT_GIVEN}') AS id, id AS name
        FROM (
            SELECT event_id, {column} FROM attendees
            UNION ALL SELECT event_id, {column} FROM registrations ANTI JOIN attendees USING (event_id)
        )
        WHERE event_id = $event_id GROUP BY id ORDER BY count(*) DESC, id LIMIT {MAX_CHOICES}
    """


SPEAKERS, SPONSORS = _people("speaker", data.SPEAKER_NAMES), _people("sponsor", data.SPONSOR_NAMES)
# SQL of what each filter but that on companies offers: id and name.
OFFERED = {
    "day": f"SELECT DISTINCT local_starts_at::DATE::VARCHAR AS id, id AS name FROM {SESSIONS} WHERE id IS NOT NULL",
    "room": f"""
        SELECT {ROOM} AS id, any_value(coalesce(location_name, location_id, '{NOT_GIVEN}')) AS name FROM {SESSIONS}
        GROUP BY id
    """,
    "tag": f"""
        SELECT DISTINCT tag AS id, tag AS name FROM session_tags SEMI JOIN {SESSIONS} USING (event_id, session_id)
    """,
    "speaker": SPEAKERS,
    "sponsor": SPONSORS,
    "industry": _profile("industry"),
    "country": _profile("country"),
}


def events(published: Published) -> dict[str, str]:
    """A unique name for each event id, the latest event first; those without time spent so far are the last ones."""
    names = published.rows(f"""
        SELECT event_id, event FROM ({data.EVENT_NAMES}) JOIN ({data.EVENT_STARTS}) USING (event_id)
        LEFT JOIN (SELECT DISTINCT event_id, true AS is_held FROM session_engagement) USING (event_id)
        WHERE is_held OR event_id IN (SELECT event_id FROM registrations)
        ORDER BY is_held NULLS LAST, starts_at DESC NULLS LAST, event, event_id
    """)
    return dict(names.iter_rows())


def of_event(published: Published, event_id: str) -> dict[str, dict[str, str]]:
    """What each filter offers, by the filter's name in the address: names by id."""
    # One query for all: one for each would take 50 ms more.
    of_each = (f"SELECT '{name}' AS filter, id, name FROM ({sql})" for name, sql in OFFERED.items())
    found = published.rows(f"FROM ({' UNION ALL '.join(of_each)}) {IN_ORDER}", event_id=event_id)
    names = {name: dict(found.filter(filter=name)["id", "name"].iter_rows()) for name in OFFERED}
    names["tag"][UNTAGGED] = UNTAGGED
    names["speaker"][NO_SPEAKER] = NO_SPEAKER
    names["sponsor"][NO_SPONSOR] = NO_SPONSOR
    return names | {"company": _companies(published, event_id)}


def speakers(published: Published, event_id: str) -> dict[str, str]:
    """The event's speakers: names by id."""
    return dict(published.rows(SPEAKERS + IN_ORDER, event_id=event_id).iter_rows()) | {NO_SPEAKER: NO_SPEAKER}


def sponsors(published: Published, event_id: str) -> dict[str, str]:
    """The event's sponsors: names by id."""
    return dict(published.rows(SPONSORS + IN_ORDER, event_id=event_id).iter_rows()) | {NO_SPONSOR: NO_SPONSOR}


def unknown(filters: Filters, offered: dict[str, dict[str, str]]) -> Iterator[tuple[str, str]]:
    """The filters' values that the event does not have: name in the address, and id. Long lists are not looked at."""
    values = {
        "day": [day.isoformat() for day in filters.days],
        "room": filters.rooms,
        "tag": filters.tags,
        "speaker": filters.speaker_ids,
        "sponsor": filters.sponsor_ids,
    }
    for name, ids in values.items():
        yield from ((name, id_) for id_ in ids if id_ not in offered[name])


def _companies(published: Published, event_id: str) -> dict[str, str]:
    """The companies by name, each in all its spellings once."""
    of_event = spellings.of_event(published, event_id)
    largest = (
        of_event.join(spellings.one_name(of_event), on="company")
        .group_by("name")
        .agg(pl.col("attendee_count").sum())
        .sort("attendee_count", "name", descending=[True, False])
        .head(MAX_CHOICES)
    )
    names = sorted(largest["name"], key=lambda name: (name.lower(), name))
    return dict(zip(names, names, strict=True))
