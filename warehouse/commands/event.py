"""Tells whether a delivery is about an event, by the event's id in its payload."""

from dataclasses import dataclass, field

from warehouse.commands.payload import Payload, is_about, plain
from warehouse.commands.search import holds_word


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
        return is_about(body, self.traces, self._is_in_payload)

    def _is_in_payload(self, body: bytes, payload: Payload) -> bool:
        named = payload.named("event").ids or payload.ids_in("registration", "eventId")
        is_about_it = self.event_id in named if named else holds_word(body, self.traces)
        if is_about_it:
            self.found_ids |= payload.named("registration").ids
        return is_about_it
