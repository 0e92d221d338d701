"""The leads that exhibitors noted: how many, how good, and of which companies. Their names only where allowed."""

import streamlit as st

from dashboard.data import View
from dashboard.display import bars, columns, tables
from dashboard.queries import places as queries


def show(view: View) -> None:
    """Draw the leads by rating, by status and by company."""
    st.subheader("Leads")
    by_rating = queries.leads_by_rating(view)
    if by_rating.is_empty():
        st.info("No lead was noted, or none of these companies. It needs webhooks for actions such as LEAD_ADDED.")
        return
    st.caption("A lead carries neither industry nor country, so only the filter on companies applies to leads.")
    share, mean = columns.share("Share", "Of all leads."), columns.minutes("Mean rating")
    for place, what, frame, figure in zip(
        st.columns(3),
        ("rating", "status", "company"),
        (by_rating, queries.leads_by_status(view), queries.leads_by_company(view)),
        ({"share": share}, {"mean_rating": mean}, {"mean_rating": mean}),
        strict=True,
    ):
        with place.container(border=True, height="stretch"):
            st.markdown(f"**By {what}**")
            tables.show(
                frame,
                {
                    "name": columns.text(what.capitalize()),
                    "lead_count": bars.count("Leads", frame["lead_count"]),
                    **figure,
                },
                name=f"leads-by-{what}",
                alt=f"Leads by {what}",
            )
    if view.settings.show_pii:
        _names(view)


def _names(view: View) -> None:
    tables.show(
        queries.leads(view),
        {
            "lead": columns.name("Lead"),
            "company": columns.text("Company"),
            "designation": columns.text("Job title"),
            "email": columns.text("Mail address"),
            "rating": columns.minutes("Rating"),
            "lead_status": columns.text("Status"),
            "added_by_name": columns.text("Noted by"),
        },
        name="leads",
        alt="All leads",
    )
