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
    _described("session_id", "id_or_null", "session.id"),
    _described("session_title", "text_or_null", "session.title"),
    _described("session_description", "unless_blank", "session.description"),
    _described("starts_at", "time_or_null", "session.startDateTime"),
    _described("ends_at", "time_or_null", "session.endDateTime"),
    Field("location_id", "id_or_null", "session.location.locationId", "location.locationId"),
    Field("location_name", "text_or_null", "session.location.locationName", "location.locationName"),
    Field("location_type", "text_or_null", "session.location.type", "location.type"),
)
# The profile: our names of the columns, and Zuddl's of the fields.
PROFILE = {column.name: column.name for column in PERSON} | {"first_name": "firstName", "last_name": "lastName"}
ATTENDEE_FIELDS = (
    _described("actor_id", "id_or_null", "actor.id"),
    _described("own_registration_id", "id_or_null", "registration.id"),
    _described("registration_event_id", "id_or_null", "registration.eventId"),
    *(_described(column, "text_or_null", f"registration.profile.{name}") for column, name in PROFILE.items()),
)
DELIVERY_FIELDS = (
    Field("own_action_id", "id_or_null", "actionId", "action_id_json"),
    Field("action_created_at", "time_or_null", "actionCreatedAt", "action_created_at_json"),
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
