"""What became of one delivery, or of all deliveries of a person."""

import sqlite3

import polars as pl
import streamlit as st

from dashboard import address
from dashboard.display import columns, tables
from dashboard.frame.view import current_view
from warehouse.commands.person import is_address
from warehouse.commands.trace import Trace, Traced, Wanted, trace

LATEST = 500
TIME = pl.Datetime("us", "UTC")


def look_for(text: str) -> Trace:
    """The deliveries that the text names: a mail address, the id of an action or a registration, or a delivery's."""
    settings = view.settings.warehouse
    if is_address(text):
        return trace(settings, Wanted(email=text))
    wanted = [Wanted(action_id=text), Wanted(registration_id=text)]
    if text.isascii() and text.isdecimal() and int(text) < 2**63:
        wanted.append(Wanted(delivery_id=int(text)))
    found = [trace(settings, one) for one in wanted]
    return next((one for one in found if one.deliveries), found[0])


def as_rows(deliveries: list[Traced]) -> pl.DataFrame:
    """The deliveries as a table, with their outcomes in words."""
    return pl.DataFrame(
        [one._asdict() | {"sentence": one.sentence} for one in deliveries],
        schema_overrides={"received_at": TIME, "minutes_spent": pl.Float64},
        infer_schema_length=None,
    )


view = current_view()
st.title("Trace")
st.caption("What became of a delivery: from its receipt to the figures that it fed. No page shows payloads in full.")
st.session_state["trace"] = address.shown() or ""
st.text_input(
    "Id of an action, a registration or a delivery, or a mail address",
    key="trace",
    on_change=lambda: address.show(st.session_state["trace"].strip() or None),
    placeholder="9f4a3f4e-3f5f-4b1d-8c53-5f1c2a7be001",
)
text = (address.shown() or "").strip()
if not text:
    st.stop()
try:
    found = look_for(text)
except (OSError, sqlite3.Error):
    st.error("The inbox can't be read from here, so what waits or was refused can't be told. `warehouse trace` can.")
    st.stop()
if not found.deliveries:
    st.info("No delivery is known by this.")
    st.stop()
for attendance in found.attendances:
    st.text(attendance.sentence(found.policy))
tables.show(
    as_rows(found.deliveries[-LATEST:]),
    {
        "received_at": columns.utc("Received"),
        "action": columns.text("Action"),
        "minutes_spent": columns.minutes("Minutes"),
        "outcome": columns.text("Outcome"),
        "sentence": columns.text("What that means"),
        "delivery_id": columns.count("Delivery"),
        "load_id": columns.count("Load"),
        "action_id": columns.text("Action id"),
    },
    name="trace",
    alt="The deliveries and what became of them, oldest first",
)
if len(found.deliveries) > LATEST:
    st.caption(f"The latest {LATEST:,} of {len(found.deliveries):,}; `warehouse trace` shows all.")
