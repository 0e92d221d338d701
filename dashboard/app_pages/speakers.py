"""Whose sessions people spent their time in."""

from functools import partial

import streamlit as st

from dashboard import credit, view
from dashboard.queries.credited import Kind, attendee_counts

published, filters, _ = view.current()

st.title("Speakers")
credit.show(published, filters, Kind.SPEAKER, partial(attendee_counts, published, filters, Kind.SPEAKER))
