"""The time that attendees spent in each sponsor's sessions."""

import streamlit as st

from dashboard.frame.view import current_view
from dashboard.queries.credited import Kind
from dashboard.sections import credited

st.header("Sponsors")
credited.show(current_view(), Kind.SPONSOR)
