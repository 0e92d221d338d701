"""What a report says, as plain data: each format writes the same words and figures."""

from collections.abc import Sequence
from typing import Literal, TypeAlias

from msgspec import Struct

from dashboard.display.text import shortened
from dashboard.provenance import Provenance

# Of a name in a table, of the heading and of the filters below it, in letters: a report for one page stays on it.
MAX_CELL, MAX_HEADING, MAX_FILTERS = 64, 90, 200


class Figure(Struct, frozen=True):
    """A figure, with its label, and a note such as its change."""

    label: str
    value: str
    note: str = ""


class Share(Struct, frozen=True, tag=True):
    """A cell of a table: a share from 0 to 1 as a bar, with its figure; None for a dash."""

    share: float | None
    text: str


class Column(Struct, frozen=True):
    """A column of a table: its heading, and whether it holds numbers, text, or text that stays in one line."""

    heading: str
    holds: Literal["text", "line", "number"] = "text"


class Table(Struct, frozen=True, tag=True):
    """A table, with a cell for each column in each row."""

    columns: Sequence[Column]
    rows: Sequence[Sequence[str | Share]]


class Sentence(Struct, frozen=True, tag=True):
    """A paragraph in quiet type."""

    text: str


class Points(Struct, frozen=True, tag=True):
    """A list of sentences."""

    texts: Sequence[str]


class Chart(Struct, frozen=True, tag=True):
    """A picture, and what it shows in words. In its SVG text from data is escaped."""

    svg: str
    description: str


Content: TypeAlias = Table | Sentence | Points | Chart


class Card(Struct, frozen=True):
    """A part of the report under a heading."""

    heading: str
    content: Sequence[Content]


class Report(Struct, frozen=True):
    """A report from top to bottom.

    `rows` are rows of one or two columns, each of cards below each other. `method` says how the figures are counted,
    `source` where they come from. `is_one_page` is a promise about A4.
    """

    kind: str
    heading: str
    title: str
    lines: Sequence[str]
    figures: Sequence[Figure]
    rows: Sequence[Sequence[Sequence[Card]]]
    method: str
    source: str
    is_one_page: bool


def report(  # noqa: PLR0913 -- one for each part of a report
    about: Provenance,
    kind: str,
    lines: Sequence[str],
    *,
    figures: Sequence[Figure] = (),
    rows: Sequence[Sequence[Sequence[Card]]] = (),
    method: str = "",
    is_one_page: bool = True,
) -> Report:
    """The report of this kind about what the provenance names. Filters that are set stand in the line below `lines`."""
    filters = "; ".join(f"{name}: {value}" for name, value in about.filters)
    under = [f"Under these filters: {shortened(filters, MAX_FILTERS)}"] if filters else []
    title = f"{about.whose}, {about.event}" if about.whose else f"{about.event}: {kind.lower()}"
    return Report(
        kind=kind,
        heading=shortened(about.whose or about.event, MAX_HEADING),
        title=title,
        lines=[*lines, *under],
        figures=figures,
        rows=rows,
        method=method,
        source=about.sentence,
        is_one_page=is_one_page,
    )


def card(heading: str, *content: Content) -> Card:
    """A card of these parts."""
    return Card(heading, content)


def cell(text: str) -> str:
    """Text from data for a cell of a table."""
    return shortened(text, MAX_CELL)


def pairs(columns: Sequence[Sequence[Card]]) -> list[Sequence[Sequence[Card]]]:
    """Rows of two columns each; the last may be empty."""
    return [[*columns[first : first + 2], []][:2] for first in range(0, len(columns), 2)]
