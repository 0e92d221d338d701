"""Reports as PDF, by Typst, which comes with the extra `pdf`."""

from importlib.resources import files
from importlib.util import find_spec

import msgspec

from dashboard.reports.definition import Report

HOW_TO_INSTALL = "pip install 'engagement-warehouse[pdf]'"


def is_installed() -> bool:
    """Whether PDF files can be made here."""
    return find_spec("typst") is not None


def pdf(report: Report) -> bytes:
    """The report on A4.

    The template is a program that reads the report as JSON, so nothing in a name can be markup.
    """
    import typst  # noqa: PLC0415 -- an extra, which need not be installed

    template = (files(__package__) / "report.typ").read_bytes()
    return typst.compile(template, format="pdf", sys_inputs={"report": msgspec.json.encode(report).decode()})
