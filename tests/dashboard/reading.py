"""Reports as a test reads them back: figures at the top, and all text."""

import io
import re

import openpyxl
import pypdf

LABELS = (
    "Sessions",
    "Attendees",
    "Hours watched",
    "Per attendee",
    "Completion",
    "Stayed to the end",
    "Target accounts",
)


def html_figures(report: bytes) -> dict[str, tuple[str, str]]:
    """The cards of HTML: figure and note by label. A number and its unit stand apart by a blank."""
    cards = re.findall(r"<div>([^<]+)<b>([^<]+)</b><span class=\"quiet\">([^<]*)</span></div>", report.decode())
    return {label: (with_blanks(value), with_blanks(note)) for label, value, note in cards}


def pdf_pages(report: bytes) -> list[str]:
    """The text of each page."""
    return [with_blanks(page.extract_text()) for page in pypdf.PdfReader(io.BytesIO(report)).pages]


def pdf_figures(report: bytes) -> dict[str, str]:
    """Figures of the cards by label, which may stand in two lines; the figure is in the line below it."""
    page = pdf_pages(report)[0]
    cards = {label: re.search(label.replace(" ", r"\s") + r"\n(.+)", page) for label in LABELS}
    return {label: found[1].strip() for label, found in cards.items() if found}


def sheet(report: bytes, name: str) -> list[tuple[object, ...]]:
    """The rows of a sheet, without the labels."""
    return list(openpyxl.load_workbook(io.BytesIO(report))[name].iter_rows(min_row=2, values_only=True))


def with_blanks(text: str) -> str:
    """The text with a blank wherever a line must not break."""
    return text.replace("\N{NO-BREAK SPACE}", " ")
