"""The menu by which a visitor hands on what the page shows: the link, a report, or all tables."""

import streamlit as st

from dashboard import address
from dashboard.data import View
from dashboard.display import about, downloads
from dashboard.display.tables import XLSX
from dashboard.display.text import count
from dashboard.queries.credited import Kind
from dashboard.reports import files, pdf, reached
from dashboard.sections import targets

PDF = "application/pdf"
# The pages that may show one thing for which there is a report.
REPORTED = {"speakers": Kind.SPEAKER, "sponsors": Kind.SPONSOR}


def menu(view: View, page: str) -> None:
    """Draw the menu of this page. A file is made when it is pressed."""
    source = about.current()
    with st.popover("Share", icon=":material/ios_share:", width="stretch"):
        st.caption("The link shows this page under these filters.")
        st.code(address.link(), language=None, wrap_lines=True)
        st.caption("Files hold the figures under these filters, and say so.")
        report = source.file_name("executive-report", "html")
        downloads.button("Report of the event", lambda: files.event_report(view).content, report, "text/html")
        if pdf.is_installed():
            report = source.file_name("executive-report", "pdf")
            downloads.button(
                "Report of the event, as PDF", lambda: files.event_report(view, "pdf").content, report, PDF
            )
        workbook = source.file_name("workbook", "xlsx")
        downloads.button("All tables, for Excel", lambda: files.event_workbook(view).content, workbook, XLSX)
        part, kind = address.shown(), REPORTED.get(page)
        if part and kind:
            _handouts(view, kind, part)


def _handouts(view: View, kind: Kind, part: str) -> None:
    what = kind.name.lower()
    accounts = targets.pasted() if kind is Kind.SPONSOR else ()
    whose = about.current().of(reached.name(view, kind, part))
    if accounts:
        st.caption(f"With the {count(len(accounts), 'target account')} pasted on the page Companies.")

    def offer(how: str, ending: files.Ending, mime: str) -> None:
        downloads.button(
            f"Report for this {what}{how}",
            lambda: files.handed_out(view, kind, part, ending, accounts).content,
            whose.file_name(f"{what}-report", ending),
            mime,
        )

    offer("", "html", "text/html")
    if pdf.is_installed():
        offer(", as PDF", "pdf", PDF)
    offer(", for Excel", "xlsx", XLSX)
