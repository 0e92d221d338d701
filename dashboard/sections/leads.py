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
    left, middle, right = st.columns(3)
    with left.container(border=True, height="stretch"):
        st.markdown("**By rating**")
        tables.show(
            by_rating,
            {
                "name": columns.text("Rating"),
                "lead_count": bars.count("Leads", by_rating["lead_count"]),
                "share": columns.share("Share", "Of all leads."),
            },
            name="leads-by-rating",
            alt="Leads by rating",
        )
    with middle.container(border=True, height="stretch"):
        st.markdown("**By status**")
        by_status = queries.leads_by_status(view)
        tables.show(
            by_status,
            {
                "name": columns.text("Status"),
                "lead_count": bars.count("Leads", by_status["lead_count"]),
                "mean_rating": columns.minutes("Mean rating"),
            },
            name="leads-by-status",
            alt="Leads by status",
        )
    with right.container(border=True, height="stretch"):
        st.markdown("**By company**")
        by_company = queries.leads_by_company(view)
        tables.show(
            by_company,
            {
                "name": columns.text("Company"),
                "lead_count": bars.count("Leads", by_company["lead_count"]),
                "mean_rating": columns.minutes("Mean rating"),
            },
            name="leads-by-company",
            alt="Leads by company",
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
