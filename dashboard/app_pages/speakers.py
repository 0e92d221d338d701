"""Whose sessions people spent their time in."""

import streamlit as st

from dashboard import credit, view
from dashboard.queries.credited import Kind

published, filters, _ = view.current()

st.title("Speakers")
credit.show(published, filters, Kind.SPEAKER)
