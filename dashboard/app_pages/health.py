"""Deliveries: how many were received, and what became of them."""

from datetime import UTC, datetime

import polars as pl
import streamlit as st

from dashboard import data
from dashboard.display import columns, tables
from dashboard.display.text import count
from dashboard.frame.view import current_view
from dashboard.queries import health
from dashboard.redaction import redacted
from warehouse.marts import names

COUNTED = {"delivery_count": columns.count("Deliveries"), "last_received_at": columns.utc("Last received")}
POLICIES = {"latest": "the latest one counts", "sum": "their minutes are added up"}
FAULTS = {"unreadable": "unreadable: left empty", "cut": "too long: its beginning is kept"}

view = current_view()
published = view.published
totals = health.totals(published)
loaded_at = data.state(published).loaded_at
backlog = health.backlog(view)

st.title("Data health")
lately = health.lately(published)
quarantined = lately.drop_nulls("reason")
if quarantined.is_empty():
    st.caption("Of the deliveries in the 24 hours up to the last one, none is quarantined.")
else:
    of_all = f"{quarantined['delivery_count'].sum():,} of {lately['delivery_count'].sum():,} deliveries"
    by_reason = ", ".join(f"{number:,} `{reason}`" for reason, number in quarantined.iter_rows())
    st.warning(
        f"Quarantined in the 24 hours up to the last delivery: {of_all} ({by_reason}). "
        "No figure counts them. They are kept, and each rebuild tries them again."
    )
for file, (_, problems) in names.read_all(view.settings.warehouse.data_dir).items():
    if problems:
        st.warning(f"`{file.name}` can't be used as it is.")
        st.code("\n".join(problems), language=None, wrap_lines=True)
st.caption("This page counts the deliveries of all events.")

with st.container(horizontal=True):
    st.metric("Received", f"{totals['received_count']:,}", border=True, help="Verified deliveries that are loaded.")
    st.metric("Stored", f"{totals['stored_count']:,}", border=True)
    st.metric("Duplicates", f"{totals['duplicate_count']:,}", border=True, help="Repeats, which are not stored again.")
    st.metric("Quarantined", f"{totals['quarantine_count']:,}", border=True, help="Kept, but not usable as they are.")
    st.metric(
        "Waiting",
        None if backlog is None else f"{backlog:,}",
        border=True,
        help="Accepted, but not loaded yet. A dash means that the inbox can't be read from here.",
    )
age = count(int((datetime.now(UTC) - loaded_at).total_seconds() // 60), "minute")
st.caption(f"The last load ended at {loaded_at:%Y-%m-%d %H:%M:%S} UTC, {age} before this page was drawn.")
if totals["last_received_at"]:
    st.caption(f"The last delivery was received at {totals['last_received_at']:%Y-%m-%d %H:%M:%S} UTC.")
if policy := health.repeat_policy(published):
    st.caption(f"Several actions for one attendee and session: {POLICIES.get(policy, policy)} (`REPEAT_POLICY`).")

st.header("Quarantined, by reason")
reasons = health.quarantine_reasons(published)
if reasons.is_empty():
    st.info("Nothing is quarantined: every delivery could be used.")
else:
    tables.show(
        reasons,
        {"reason": columns.name("Reason"), "detail": columns.text("Field"), **COUNTED},
        name="quarantine-reasons",
        alt="Quarantined deliveries by reason",
    )
    bodies = health.quarantined_bodies(published)
    delivery_id = st.selectbox(f"Show one of the latest {len(bodies):,}", list(bodies), key="delivery")
    st.caption("Values that may say who somebody is are masked; ids, titles, tags, times and minutes are not.")
    st.code(redacted(bodies.get(delivery_id) or ""), language="json", height=300)

st.header("Values that could not be taken over")
faults = health.field_faults(published)
if faults.is_empty():
    st.info("Every value is in the tables as it was sent.")
else:
    st.caption(
        "The figures do without these values, or with what was kept of them. The stored deliveries hold them as they "
        "were sent. Deliveries of one load that say the same of a session or an attendee count once."
    )
    tables.show(
        faults.with_columns(pl.col("fault").replace(FAULTS)),
        {
            "field": columns.name("Field"),
            "fault": columns.text("What became of it"),
            "value_count": columns.count("Values"),
            "last_received_at": columns.utc("Last received"),
        },
        name="field-faults",
        alt="Values that could not be taken over, by field",
    )

st.header("Stored, by action")
actions = health.actions(published)
if actions.is_empty():
    st.info("Nothing is stored yet.")
else:
    unknown = actions.filter(~pl.col("is_known"))
    if unknown.height:
        st.info(
            f"New to this release: {count(unknown.height, 'name')} of actions, "
            f"in {unknown['delivery_count'].sum():,} of the stored deliveries."
        )
    st.caption("Each delivery but those of `TIME_SPENT_IN_SESSION` is a row of the table `actions`.")
    tables.show(
        actions.with_columns(pl.col("is_known").replace_strict({True: "known", False: "new to this release"})),
        {
            "action": columns.name("Action"),
            "is_known": columns.text("Name"),
            "delivery_count": COUNTED["delivery_count"],
            "first_received_at": columns.utc("First received"),
            "last_received_at": COUNTED["last_received_at"],
        },
        name="actions",
        alt="Stored deliveries by action",
    )

st.header("Loads")
loads = health.loads(published)
if loads.is_empty():
    st.info("No load has taken in a delivery yet.")
else:
    st.caption(f"The latest {count(loads.height, 'load')} that took in deliveries.")
    tables.show(
        loads,
        {
            "loaded_at": columns.utc("Ended"),
            "delivery_count": columns.count("Deliveries"),
            "duplicate_count": columns.count("Duplicates"),
            "quarantine_count": columns.count("Quarantined"),
            "duration_seconds": columns.minutes("Seconds"),
        },
        name="loads",
        alt="Loads, the latest first",
    )
