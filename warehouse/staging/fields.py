"""The fields of a payload: where each one stands, which column it becomes, and how it is read."""

from collections.abc import Iterable
from typing import NamedTuple

from warehouse.limits import MAX_CHARACTERS
from warehouse.schema import PERSON


class Field(NamedTuple):
    """A field: its column, the macro that reads it, its name in Zuddl's words, and the SQL of its JSON."""

    column: str
    macro: str
    name: str
    json: str

    @property
    def is_cut_when_long(self) -> bool:
        """Whether its text is cut. Links and the description of a session are not: no mart repeats them."""
        return self.macro == "text_or_null"


def _described(column: str, macro: str, name: str) -> Field:
    """A field whose JSON is reached by its name."""
    return Field(column, macro, name, json=name)


SESSION_FIELDS = (
    _described("event_id", "id_or_null", "event.id"),
    _described("organization_id", "id_or_null", "event.organizationId"),
    _described("event_name", "text_or_null", "event.name"),
    _described("time_zone", "zone_or_null", "event.timezone"),
    _described("event_starts_at", "time_or_null", "event.startDate"),
    _described("event_ends_at", "time_or_null", "event.endDate"),
    _described("event_status", "text_or_null", "event.status"),
    _described("event_type", "text_or_null", "event.type"),
    _described("event_format", "text_or_null", "event.eventFormat"),
    _described("session_id", "id_or_null", "session.id"),
    _described("session_title", "text_or_null", "session.title"),
    _described("session_description", "unless_blank", "session.description"),
    _described("starts_at", "time_or_null", "session.startDateTime"),
    _described("ends_at", "time_or_null", "session.endDateTime"),
    Field("location_id", "id_or_null", "session.location.locationId", "location.locationId"),
    Field("location_name", "text_or_null", "session.location.locationName", "location.locationName"),
    Field("location_type", "text_or_null", "session.location.type", "location.type"),
    _described("session_format", "text_or_null", "session.format"),
)
# The profile: our names of the columns, and Zuddl's of the fields.
PROFILE = {column.name: column.name for column in PERSON} | {"first_name": "firstName", "last_name": "lastName"}
ATTENDEE_FIELDS = (
    _described("actor_id", "id_or_null", "actor.id"),
    _described("own_registration_id", "id_or_null", "registration.id"),
    _described("registration_event_id", "id_or_null", "registration.eventId"),
    *(_described(column, "text_or_null", f"registration.profile.{name}") for column, name in PROFILE.items()),
    _described("attendance_type", "text_or_null", "registration.attendanceType"),
    Field("ticket_name", "text_or_null", "registration.ticketDetails.ticketName", "ticket.ticketName"),
    Field("source_type", "text_or_null", "registration.source.type", "source.type"),
    Field("utm_source", "text_or_null", "registration.source.utmParams.source", "utm.source"),
    Field("utm_medium", "text_or_null", "registration.source.utmParams.medium", "utm.medium"),
    Field("utm_campaign", "text_or_null", "registration.source.utmParams.campaign", "utm.campaign"),
)
# The objects that say where an action happened, and what it is about. Of each kind the first with an id counts.
PLACES = {"booth": "BOOTH", "discussionRoom": "DISCUSSION_ROOM", "breakOutRoom": "BREAKOUT_ROOM", "stage": "STAGE"}
SUBJECTS = {
    "question": "QUESTION",
    "poll": "POLL",
    "survey": "SURVEY",
    "cta": "CTA",
    "lead": "LEAD",
    "hub": "HUB",
}
# The field that names such an object. A lead is a person, who is not named here.
NAMES = dict.fromkeys((*PLACES, "cta", "hub"), "name") | {"question": "question", "poll": "question", "survey": "title"}
LEAD_FIELDS = (
    _described("lead_id", "id_or_null", "lead.id"),
    _described("first_name", "text_or_null", "lead.firstName"),
    _described("last_name", "text_or_null", "lead.lastName"),
    _described("email", "text_or_null", "lead.email"),
    _described("company", "text_or_null", "lead.company"),
    _described("designation", "text_or_null", "lead.designation"),
    _described("rating", "number_or_null", "lead.rating"),
    _described("lead_status", "text_or_null", "lead.leadStatus"),
    _described("added_by_name", "text_or_null", "lead.leadAddedByName"),
    _described("created_at", "time_or_null", "lead.createdAt"),
)
DELIVERY_FIELDS = (
    Field("own_action_id", "id_or_null", "actionId", "action_id_json"),
    Field("action_created_at", "time_or_null", "actionCreatedAt", "action_created_at_json"),
    Field("minutes_spent", "minutes_or_null", "timeSpentInMinutes", "minutes_json"),
)


def columns(fields: Iterable[Field]) -> str:
    """SQL: the fields' columns."""
    return ", ".join(field.column for field in fields)


def texts(fields: Iterable[Field]) -> str:
    """SQL columns: the text of each field, as it was sent."""
    return ", ".join(f"text_of({field.json}) AS {field.column}_text" for field in fields)


def values(fields: Iterable[Field]) -> str:
    """SQL columns: each field, read from its text."""
    return ", ".join(f"{field.macro}({field.column}_text) AS {field.column}" for field in fields)


def suspicion(fields: Iterable[Field]) -> str:
    """An SQL condition: a field may not be in the tables as it was sent. Where it is true, `faults` looks closer."""
    conditions = [f"({field.json} NOT IN ('null', '\"\"') AND {field.column} IS NULL)" for field in fields]
    conditions += [f"strlen({field.json}) > {MAX_CHARACTERS}" for field in fields if field.is_cut_when_long]
    return " OR ".join(conditions)
