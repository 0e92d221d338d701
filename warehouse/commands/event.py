"""Tells whether a delivery is about an event, by the event's id in its payload."""

from dataclasses import dataclass, field

from warehouse.commands.payload import Payload, as_stored, plain, read
from warehouse.commands.search import holds_word, is_plainly_without


@dataclass
class Event:
    """An event. `found_ids` are the registrations that its deliveries name."""

    event_id: str
    found_ids: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.event_id = plain(self.event_id)

    @property
    def traces(self) -> frozenset[str]:
        """Its id, which each of its deliveries holds."""
        return frozenset([self.event_id])

    def is_in(self, body: bytes | str) -> bool:
        """Whether the delivery is about the event; a text is a body as the warehouse stored it.

        A body that names no event, or is no JSON object, is about it when it holds the id as a word.
        """
        body = as_stored(body)
        if is_plainly_without(body, self.traces):
            return False
        payload = read(body)
        try:
            return holds_word(body, self.traces) if payload is None else self._is_in_payload(body, payload)
        except RecursionError:  # a part of it is nested too deeply to be read
            return holds_word(body, self.traces)

    def _is_in_payload(self, body: bytes, payload: Payload) -> bool:
        named = payload.named("event").ids or payload.ids_in("registration", "eventId")
        is_about_it = self.event_id in named if named else holds_word(body, self.traces)
        if is_about_it:
            self.found_ids |= payload.named("registration").ids
        return is_about_it
