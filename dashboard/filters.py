"""The filters that all figures share: how they stand in the address, and the one place where they become SQL."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from warehouse.schema import NO_SPEAKER, NO_SPONSOR, UNTAGGED

Credit = Literal["full", "split"]
CREDITS: tuple[Credit, ...] = ("full", "split")

MAX_MINUTES = 1_000_000
# Stands for an empty field, in the filters and in the figures.
NOT_GIVEN = "(not given)"


# The filters' names in the address, where each value stands by its id.
IN_ADDRESS = {
    "event": "event_ids",
    "day": "days",
    "room": "rooms",
    "tag": "tags",
    "speaker": "speaker_ids",
    "sponsor": "sponsor_ids",
    "company": "companies",
    "industry": "industries",
    "country": "countries",
    "minutes": "min_minutes",
    "credit": "credit",
}


class NotInAddress(ValueError):
    """The address holds a value that this filter can't have."""


@dataclass(frozen=True)
class Filters:
    """What the visitor has set. An empty field lets everything in.

    `days` are days by the clock on the wall. A room's id is its name where Zuddl sends no id.
    """

    event_ids: tuple[str, ...] = ()
    days: tuple[date, ...] = ()
    rooms: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    speaker_ids: tuple[str, ...] = ()
    sponsor_ids: tuple[str, ...] = ()
    companies: tuple[str, ...] = ()
    industries: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    min_minutes: int = 0
    credit: Credit = "full"

    @classmethod
    def from_address(cls, address: Mapping[str, Sequence[str]]) -> "Filters":
        """The filters that stand in the address.

        Raises:
            NotInAddress: it names two events, a day is no date, the minutes are no whole number, or there is no such
                credit. The message says it in plain words.
        """
        values: dict[str, Any] = {
            IN_ADDRESS[name]: tuple(dict.fromkeys(texts)) for name, texts in address.items() if texts
        }
        if len(values.get("event_ids", ())) > 1:
            raise NotInAddress("it names two events")
        if "days" in values:
            values["days"] = tuple(_day(text) for text in values["days"])
        if "min_minutes" in values:
            values["min_minutes"] = _minutes(*values["min_minutes"])
        if "credit" in values:
            values["credit"] = _credit(*values["credit"])
        return cls(**values)

    @property
    def parameters(self) -> dict[str, Any]:
        """The values that `relations` refers to, by field."""
        values = {name: getattr(self, name) for name in CONDITIONS}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items() if value}

    @property
    def relations(self) -> str:
        """SQL of the `WITH` clause that queries start with. Grouping by its integer keys takes half the time of ids.

        - `attendances`: `session_key, attendee_key, minutes_spent` of those that the filters let in
        - `attendances_with_completion`: the same with `completion`, for which it reads the sessions too
        - `keyed_sessions`: `session_key, event_id, session_id` of all sessions
        - `keyed_attendees`: `attendee_key, event_id, registration_id`, company, country, designation and industry of
          all attendees
        """
        conditions = "".join(f" AND {CONDITIONS[name]}" for name in self.parameters)
        return f"""
            WITH keyed_sessions AS NOT MATERIALIZED (FROM surrogate_keys.sessions),
            keyed_attendees AS NOT MATERIALIZED (FROM surrogate_keys.attendees),
            attendances AS NOT MATERIALIZED (
                SELECT session_key, attendee_key, minutes_spent FROM surrogate_keys.time_spent WHERE true{conditions}
            ),
            attendances_with_completion AS NOT MATERIALIZED (
                SELECT attendances.*,
                       if(scheduled_minutes > 0, least(1, minutes_spent / scheduled_minutes), NULL) AS completion
                FROM attendances JOIN (
                    SELECT session_key, scheduled_minutes
                    FROM keyed_sessions JOIN sessions USING (event_id, session_id)
                ) USING (session_key)
            )
        """


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise NotInAddress("its days are not dates such as 2026-05-19") from None


def _minutes(*texts: str) -> int:
    if len(texts) == 1 and re.fullmatch("[0-9]{1,7}", texts[0]) and int(texts[0]) <= MAX_MINUTES:
        return int(texts[0])
    raise NotInAddress(f"the minutes are one whole number from 0 to {MAX_MINUTES:,}")


def _credit(*texts: str) -> Credit:
    for credit in CREDITS:
        if texts == (credit,):
            return credit
    raise NotInAddress(f"the credit is {' or '.join(CREDITS)}")


def _sessions_when(condition: str, joined: str = "") -> str:
    return f"""session_key IN (
        SELECT session_key FROM keyed_sessions JOIN sessions USING (event_id, session_id) {joined}
        WHERE {condition})"""


def _sessions_with(table: str, column: str, nobody: str, parameter: str) -> str:
    return _sessions_when(
        f"list_contains(${parameter}, coalesce({column}, '{nobody}'))",
        f"LEFT JOIN {table} USING (event_id, session_id)",
    )


def _attendees_with(column: str, parameter: str) -> str:
    return f"""attendee_key IN (
        SELECT attendee_key FROM keyed_attendees
        WHERE list_contains(${parameter}, coalesce({column}, '{NOT_GIVEN}')))"""


# A room by its id in the address.
ROOM = f"coalesce(location_id, location_name, '{NOT_GIVEN}')"
# A condition is in the query only when its filter is set: a filter that is not set costs nothing.
CONDITIONS = {
    "event_ids": _sessions_when("list_contains($event_ids, event_id)"),
    "days": _sessions_when("list_contains($days, local_starts_at::DATE)"),
    "rooms": _sessions_when(f"list_contains($rooms, {ROOM})"),
    "tags": _sessions_with("session_tags", "tag", UNTAGGED, "tags"),
    "speaker_ids": _sessions_with("session_speakers", "speaker_id", NO_SPEAKER, "speaker_ids"),
    "sponsor_ids": _sessions_with("session_sponsors", "sponsor_id", NO_SPONSOR, "sponsor_ids"),
    "companies": _attendees_with("company", "companies"),
    "industries": _attendees_with("industry", "industries"),
    "countries": _attendees_with("country", "countries"),
    "min_minutes": "minutes_spent >= $min_minutes",
}
