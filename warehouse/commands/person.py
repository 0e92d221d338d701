"""Tells whether a delivery is about a person, by the ids and the mail address in its payload."""

import json
import re
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Person:
    """What is known of a person. It grows as their deliveries are found.

    A registration is theirs when it is one of `registration_ids`, or when it carries the mail address. A delivery
    without a registration is theirs when its actor has acted in one of their registrations.
    """

    registration_ids: set[str] = field(default_factory=set)
    email: str | None = None
    actor_ids: set[str] = field(default_factory=set)

    @property
    def traces(self) -> set[str]:
        """Ids and mail address. Each of the person's deliveries holds at least one of them."""
        return self.registration_ids | self.actor_ids | ({self.email} if self.email else set())

    @property
    def pattern(self) -> str:
        """A regular expression that finds any trace; for use without regard to case."""
        # JSON may escape what is not ASCII: `ü` is also `\u00fc`.
        spellings = self.traces | {json.dumps(trace)[1:-1] for trace in self.traces}
        return "|".join(re.escape(spelling) for spelling in sorted(spellings))

    def is_in(self, body: str) -> bool:
        """Whether the delivery is about the person. A body that is no JSON object is, when it holds a trace as a word.

        Remembers the ids of a delivery that is.
        """
        try:
            payload = json.loads(body)
        except (ValueError, RecursionError):
            payload = None
        if not isinstance(payload, dict):
            return re.search(rf"(?<![\w.+-])(?:{self.pattern})(?![\w-])", body, re.IGNORECASE) is not None
        registration, actor = _object(payload, "registration"), _object(payload, "actor")
        registration_id, actor_id = registration.get("id"), actor.get("id")
        if not (
            _text(registration_id) in self.registration_ids
            or self._has_mail(registration)
            or self._has_mail(actor)
            or (registration_id is None and _text(actor_id) in self.registration_ids | self.actor_ids)
        ):
            return False
        if self.email and registration_id is not None:
            self.registration_ids.add(_text(registration_id))
        if actor_id is not None:
            self.actor_ids.add(_text(actor_id))
        return True

    def _has_mail(self, value: Any) -> bool:  # noqa: ANN401 -- JSON
        if self.email is None:
            return False
        if isinstance(value, str):
            return value.strip().casefold() == self.email.strip().casefold()
        children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        return any(self._has_mail(child) for child in children)


def _object(payload: dict[str, Any], name: str) -> dict[str, Any]:
    value = payload.get(name)
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
