"""What a file says about itself: the event and its days, the filters by name, and the time of its figures."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import NamedTuple

MAX_SLUG = 60  # characters; browsers and mail programs shorten longer names


class Provenance(NamedTuple):
    """Where the figures of a file come from.

    `event_id` is None where they are not of one event. `as_of` is the time of the last load, on the event's clock and
    without a zone, None before the first load. `clock` is that clock in words, `time_zone` its name. `filters` are
    pairs of a filter and its value, in words; `chosen` are those of what the page lets choose beside the filters.
    """

    event: str
    event_id: str | None
    days: str
    clock: str
    time_zone: str
    filters: tuple[tuple[str, str], ...]
    as_of: datetime | None
    whose: str = ""
    chosen: tuple[tuple[str, str], ...] = ()

    def of(self, whose: str) -> "Provenance":
        """The same, of a file about one session, one speaker or the like; no text changes nothing."""
        return self._replace(whose=whose or self.whose)

    def choosing(self, chosen: Mapping[str, str]) -> "Provenance":
        """The same, of a file that obeys these choices of the page, by label in words; those without text are none."""
        return self._replace(chosen=tuple((label, text) for label, text in chosen.items() if text))

    @property
    def facts(self) -> dict[str, str]:
        """All of it, each fact with its label."""
        facts = {
            "Event": self.event,
            "Event id": self.event_id or "",
            "Days": self.days,
            "Times": self.clock,
            "About": self.whose,
            **dict(self.chosen),
            "Filters": "; ".join(f"{name}: {value}" for name, value in self.filters) or "none",
            "As of": f"{self.as_of:%Y-%m-%d %H:%M}" if self.as_of else "",
        }
        return {label: text for label, text in facts.items() if text}

    @property
    def sentence(self) -> str:
        """All of it in one line, for a picture or the foot of a page."""
        filters = [f"{name}: {value}" for name, value in (*self.chosen, *self.filters)]
        as_of = f"as of {self.as_of.day} {self.as_of:%b %Y, %H:%M} ({self.time_zone})" if self.as_of else ""
        return " · ".join(part for part in (self.event, self.days, *filters, as_of) if part)

    def file_name(self, what: str, ending: str) -> str:
        """The name of a file: the event, what it holds, the filters, and the day of its figures.

        A program that reads a CSV would trip over lines about it, so the name alone tells its filters.
        """
        filters = "_".join(slug(f"{name} {value}") for name, value in self.filters)
        if len(filters) > MAX_SLUG:
            filters = f"{len(self.filters)}-filters"
        day = self.as_of.date().isoformat() if self.as_of else ""
        event = slug(self.event) or slug(self.event_id or "event")
        named = "-".join(part for part in (slug(what), slug(self.whose)) if part)
        chosen = [slug(f"{label} {text}") for label, text in self.chosen]
        return "_".join(part for part in (event, named, *chosen, filters, day) if part) + f".{ending}"


def slug(text: str) -> str:
    """Text as part of a file's name: letters and digits of any script, in lower case, without accents."""
    letters = (letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
    return "-".join(re.findall(r"[^\W_]+", "".join(letters).lower()))[:MAX_SLUG].strip("-")


def days(first: date | None, last: date | None) -> str:
    """The days as people write them: 19-20 May 2026, with a dash."""
    if first is None or last is None:
        return "no dates given"
    if first == last:
        return f"{first.day} {first:%B %Y}"
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}\N{EN DASH}{last.day} {last:%B %Y}"
    if first.year == last.year:
        return f"{first.day} {first:%B} \N{EN DASH} {last.day} {last:%B %Y}"
    return f"{first.day} {first:%B %Y} \N{EN DASH} {last.day} {last:%B %Y}"


def in_words(set_values: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """The filters as people say them, from their names in the address and the names of their values."""
    return tuple(_said(name, value) for name, value in set_values)


def _said(name: str, value: str) -> tuple[str, str]:
    match name:
        case "minutes":
            return "Minutes", f"at least {value}"
        case _:
            return name.capitalize(), value
