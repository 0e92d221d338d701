"""Tells whether a delivery is about a person or names them, by their ids and their mail address."""

from dataclasses import dataclass, field
from functools import lru_cache

from warehouse.commands.payload import AT_SIGN, REMEMBERED_COUNT, Named, Payload, fields_of, is_about, plain
from warehouse.commands.search import holds_value, holds_word
from warehouse.commands.spellings import folded_mail

# Fields of a registration in which an id of somebody else tells nothing: staff may have made it, names may equal ids.
NOT_OF_OTHERS = frozenset(["id", "profile", "createdBy", "updatedBy"])


def is_address(text: str) -> bool:
    """Whether the text has an at sign in one of its widths, with something on both of its sides."""
    before, *after = AT_SIGN.split(text)
    return bool(after and before.strip() and after[-1].strip())


@dataclass
class Person:
    """What is known of a person. It grows as their deliveries are found.

    A registration or a lead is theirs when its id is known, or when it carries the mail address. A delivery without a
    registration is theirs when its actor has acted in one of their registrations. A delivery that is about others is
    theirs too when it names them: it is removed, and teaches nothing. `found_ids` are the registrations that their own
    deliveries name.
    """

    registration_ids: set[str] = field(default_factory=set)
    email: str | None = None
    actor_ids: set[str] = field(default_factory=set)
    lead_ids: set[str] = field(default_factory=set)
    found_ids: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.registration_ids = {plain(text) for text in self.registration_ids}
        self.email = folded_mail(self.email) if self.email else None

    @property
    def traces(self) -> frozenset[str]:
        """Ids and mail address. Each of the person's deliveries holds at least one of them."""
        return frozenset(self.registration_ids | self.actor_ids | self.lead_ids | self._mails)

    @property
    def _mails(self) -> frozenset[str]:
        return frozenset([self.email] if self.email else [])

    def is_in(self, body: bytes | str) -> bool:
        """Whether the delivery is to be removed; a text is a body as the warehouse stored it.

        A body that names nobody, or is no JSON object, is theirs when it holds a trace as a word. Remembers the ids of
        a delivery that is about them.
        """
        return is_about(body, self.traces, self._is_in_payload)

    def _is_in_payload(self, _body: bytes, payload: Payload) -> bool:
        named = [payload.named(field) for field in ("registration", "actor", "lead")]
        if not any(each.ids for each in named):
            return _holds_word_in(payload, self.traces - self.actor_ids)
        return self._is_about(*named, is_own_action=payload.is_own_action) or self._is_named_in(payload)

    def _is_about(self, registration: Named, actor: Named, lead: Named, *, is_own_action: bool) -> bool:
        """Whether the registration, the actor or the lead is theirs. Remembers the ids of each that is."""
        is_registration = (
            self.email in registration.mails
            or bool(self.registration_ids & registration.ids)
            or (is_own_action and self.email in actor.mails)
        )
        # A ticket that was handed on keeps its registration, and has another's address from then on.
        is_handed_on = bool(self.email and registration.mails) and self.email not in registration.mails
        is_actor = (
            self.email in actor.mails
            or (is_registration and is_own_action and not is_handed_on)
            or (not registration.ids and bool(actor.ids & (self.registration_ids | self.actor_ids)))
        )
        is_lead = self.email in lead.mails or bool(self.lead_ids & lead.ids)
        if is_registration:
            if self.email:
                self.registration_ids |= registration.ids
            self.found_ids |= registration.ids
        if is_actor:
            self.actor_ids |= actor.ids
            if not registration.ids:
                self.found_ids |= actor.ids & self.registration_ids
        if is_lead:
            self.lead_ids |= lead.ids
        return is_registration or is_actor or is_lead

    def _is_named_in(self, payload: Payload) -> bool:
        """Whether a delivery that is about others holds the mail address or an id in what it says of them.

        `SHARED` fields tell nothing: an address in `event.description`, or an id in `event.createdBy`, would remove the
        event from everybody. An id tells nothing as the actor of somebody else's registration, either: staff would take
        all those with them whom they have let in.
        """
        # Digits may be a count.
        ids = frozenset(trace for trace in self.traces - self._mails if not trace.isdecimal())
        return (
            _holds_word_in(payload, self._mails)
            or holds_value(payload.rest, ids)
            or holds_value(payload.answers, ids)
            or any(_holds_id(text, ids) for text in payload.fields.get("registration", ()))
        )


_holds_word = lru_cache(REMEMBERED_COUNT)(holds_word)


def _holds_word_in(payload: Payload, words: frozenset[str]) -> bool:
    """Whether one of the words stands anywhere but in `SHARED` fields."""
    return (
        holds_word(payload.rest, words)
        or holds_word(payload.answers, words)
        or any(_holds_word(text, words) for text in payload.people)
    )


@lru_cache(REMEMBERED_COUNT)
def _holds_id(registration: bytes, ids: frozenset[str]) -> bool:
    fields = fields_of(registration) or {}
    return any(holds_value(text, ids) for name, text in fields.items() if name not in NOT_OF_OTHERS)
