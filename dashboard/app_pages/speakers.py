"""The time that attendees spent in each speaker's sessions."""

import streamlit as st

from dashboard.frame import view
from dashboard.queries.credited import Kind
from dashboard.sections import credited

published, filters, _ = view.current()

st.title("Speakers")
credited.show(published, filters, Kind.SPEAKER)
