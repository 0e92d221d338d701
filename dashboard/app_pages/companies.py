"""Companies among the attendees: people and hours of each, its sessions and topics; and a list of target accounts."""

import polars as pl
import streamlit as st

from dashboard import address
from dashboard.display import bars, columns, detail, pickers, tables
from dashboard.frame.view import current_view
from dashboard.queries import companies as queries
from dashboard.sections import company, targets

view = current_view()

st.header("Companies")
detail.go()
companies = queries.companies(view)
by_name = {row["name"]: row for row in companies.iter_rows(named=True)}
# A link may hold another spelling than the one that most attendees use now.
shown = address.shown()
if shown is not None and shown not in by_name:
    address.show(queries.shown_as(view, shown) or shown)
name = pickers.one_or_all("company", {name: name for name in by_name}, many="companies")
if name is not None:
    company.show(view, by_name[name])
    st.stop()

targets.choose(view)
names = companies["name"].to_list()
table = companies.with_columns(hours=pl.col("total_minutes") / 60, mean_hours=pl.col("mean_minutes") / 60)
st.caption("All spellings of a company count as one. Choose a row to see its sessions and topics.")
tables.show(
    table,
    {
        "name": columns.name("Company"),
        "attendee_count": bars.count("Attendees", table["attendee_count"]),
        "hours": bars.amount("Hours", table["hours"]),
        "mean_hours": columns.minutes("Hours per attendee"),
        "session_count": columns.SESSIONS,
        "mean_completion": bars.share("Completion", columns.COMPLETION_MEANING),
        "top_tag": columns.text("Top tag"),
    },
    name="companies",
    alt="Companies by attendees",
    choose=lambda position: address.show(names[position]),
)
