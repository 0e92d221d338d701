"""Where the organisation's events take place. The programme's hours are those of the clock on the wall there."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from ingest.simulate.programme import Event

OFFICE_ZONE = "Asia/Kolkata"  # an event is made at the office, and gets its venue's zone later


class Venue(NamedTuple):
    """A place, and by how long its event is later than the common programme."""

    time_zone: str
    name: str
    address: str
    city: str
    country: str
    coordinates: tuple[str, str]
    later: timedelta


# In Paris the clocks go forward in the night between the two days: 29 March 2026.
VENUES = (
    Venue("Europe/Paris", "Les Docks", "12 Quai Exemple", "Paris", "France", ("48.84", "2.37"), timedelta(days=11)),
    Venue("America/New_York", "Pier 2", "1 Sample St", "New York", "United States", ("40.75", "-74.01"), timedelta(0)),
    Venue("Asia/Kolkata", "Hall 7", "3 Demo Road", "Pune", "India", ("18.52", "73.86"), timedelta(days=3)),
)


def venue_of(number: int) -> Venue:
    """The venue of the event with this number."""
    return VENUES[number % len(VENUES)]


def at_venue(event: Event, venue: Venue) -> Event:
    """The event, with its hours at the venue instead of in UTC."""
    zone = ZoneInfo(venue.time_zone)

    def there(planned: datetime) -> datetime:
        return (planned + venue.later).replace(tzinfo=zone).astimezone(UTC)

    return replace(
        event,
        starts_at=there(event.starts_at),
        ends_at=there(event.ends_at),
        rows=tuple(
            tuple(replace(session, starts_at=there(session.starts_at)) for session in row) for row in event.rows
        ),
    )
