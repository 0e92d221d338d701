"""What has been received, and what became of it."""

from datetime import UTC, datetime

import streamlit as st

from dashboard import data
from dashboard.display import columns, tables
from dashboard.frame import view
from dashboard.queries import health
from dashboard.redaction import redacted

published, _, settings = view.current()
totals = health.totals(published)
loaded_at = data.state(published).loaded_at
backlog = health.backlog(published, settings.warehouse)

st.title("Data health")
st.caption("Deliveries are counted whole here: the filters are about attendances, and do not apply.")

with st.container(horizontal=True):
    st.metric("Received", f"{totals['received_count']:,}", border=True, help="Verified deliveries, loaded so far.")
    st.metric("Stored", f"{totals['stored_count']:,}", border=True)
    st.metric("Duplicates", f"{totals['duplicate_count']:,}", border=True, help="Repeats of a delivery; dropped.")
    st.metric("Quarantined", f"{totals['quarantine_count']:,}", border=True, help="Kept, but not usable as they are.")
    st.metric(
        "Waiting",
        None if backlog is None else f"{backlog:,}",
        border=True,
        help="Accepted, but not loaded yet. A dash: the inbox can't be read from here.",
    )
received_at = totals["last_received_at"]
st.caption(
    f"Published {loaded_at:%Y-%m-%d %H:%M:%S} UTC, {(datetime.now(UTC) - loaded_at).total_seconds() / 60:,.0f} minutes "
    f"before this page was drawn; the last delivery in it was received "
    + (f"{received_at:%Y-%m-%d %H:%M:%S} UTC." if received_at else "never.")
)

st.subheader("Quarantined, by reason")
reasons = health.quarantine_reasons(published)
if reasons.is_empty():
    st.info("Nothing is quarantined: every delivery could be used.")
else:
    tables.show(
        reasons,
        {
            "reason": columns.name("Reason"),
            "detail": columns.text("Field"),
            "delivery_count": columns.count("Deliveries"),
            "last_received_at": columns.utc("Last received"),
        },
        name="quarantine-reasons",
        alt="Quarantined deliveries by reason",
    )
    quarantined = health.quarantined(published)
    delivery_id = st.selectbox(
        f"Look at one of the latest {quarantined.height:,}", quarantined["delivery_id"].to_list(), key="delivery"
    )
    bodies = dict(quarantined.select("delivery_id", "body").iter_rows())
    st.caption("Values are masked, except for ids, times and minutes: a payload says who somebody is.")
    st.code(redacted(bodies.get(delivery_id) or ""), language="json", height=300)

st.subheader("Stored, by action")
actions = health.actions(published)
if actions.is_empty():
    st.info("Nothing is stored yet.")
else:
    st.caption("Only TIME_SPENT_IN_SESSION says how long somebody stayed; other actions are kept, and not counted.")
    tables.show(
        actions,
        {
            "action": columns.name("Action"),
            "delivery_count": columns.count("Deliveries"),
            "last_received_at": columns.utc("Last received"),
        },
        name="actions",
        alt="Stored deliveries by action",
    )

st.subheader("Loads")
loads = health.loads(published)
if loads.is_empty():
    st.info("No load has taken anything in yet.")
else:
    st.caption(f"The latest {loads.height:,} that took something in.")
    tables.show(
        loads,
        {
            "loaded_at": columns.utc("Published"),
            "delivery_count": columns.count("Deliveries"),
            "duplicate_count": columns.count("Duplicates"),
            "quarantine_count": columns.count("Quarantined"),
            "duration_seconds": columns.minutes("Seconds"),
        },
        name="loads",
        alt="Loads, the latest first",
    )
