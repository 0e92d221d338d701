"""Whose sessions people spent their time in."""

from functools import partial

import streamlit as st

from dashboard.frame import view
from dashboard.queries.credited import Kind, attendee_counts
from dashboard.sections import credited

published, filters, _ = view.current()

st.title("Speakers")
credited.show(published, filters, Kind.SPEAKER, partial(attendee_counts, published, filters, Kind.SPEAKER))
