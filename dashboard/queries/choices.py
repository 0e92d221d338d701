"""What the filters offer: of events and sessions only those with attendances, since every figure is made of these."""

from dashboard import data
from dashboard.data import Published
from dashboard.filters import NOT_GIVEN
from dashboard.queries.audience import known
from warehouse.schema import NO_SPEAKER, UNTAGGED

# Nobody reads a longer list. Those with most attendees are kept, and a search finds them.
MAX_CHOICES = 1000


def events(published: Published) -> dict[str, str]:
    """A unique name for each event id, the latest event first."""
    names = published.rows(f"""
        SELECT event_id, event FROM ({data.EVENT_NAMES})
        JOIN (SELECT event_id, min(starts_at) AS starts_at FROM session_engagement GROUP BY event_id) USING (event_id)
        ORDER BY starts_at DESC NULLS LAST, event, event_id
    """)
    return dict(names.iter_rows())


def speakers(published: Published) -> dict[str, str]:
    """A unique name for each speaker id."""
    names = published.rows(f"""
        SELECT speaker_id, speaker FROM ({data.SPEAKER_NAMES})
        SEMI JOIN (FROM session_speakers SEMI JOIN session_engagement USING (event_id, session_id)) USING (speaker_id)
        ORDER BY speaker, speaker_id
    """)
    return dict(names.iter_rows()) | {NO_SPEAKER: NO_SPEAKER}


def locations(published: Published) -> list[str]:
    """Names of locations."""
    names = published.rows(
        f"SELECT DISTINCT coalesce(location_name, '{NOT_GIVEN}') AS name FROM session_engagement ORDER BY name"
    )
    return names["name"].to_list()


def tags(published: Published) -> list[str]:
    """Tags, and the word for sessions without one."""
    names = published.rows("""
        SELECT DISTINCT tag FROM session_tags SEMI JOIN session_engagement USING (event_id, session_id) ORDER BY tag
    """)
    return [*names["tag"], UNTAGGED]


def profile(published: Published, column: str) -> list[str]:
    """What attendees have in the column: company, country, designation or industry."""
    names = published.rows(f"""
        SELECT coalesce({known(column)}, '{NOT_GIVEN}') AS name FROM attendees
        GROUP BY name ORDER BY count(*) DESC, name LIMIT {MAX_CHOICES}
    """)
    return sorted(names["name"], key=str.casefold)
