"""The time that attendees spent in each speaker's sessions."""

import streamlit as st

from dashboard.frame.view import current_view
from dashboard.queries.credited import Kind
from dashboard.sections import credited

st.header("Speakers")
credited.show(current_view(), Kind.SPEAKER)
