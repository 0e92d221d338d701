"""The frame around every page: settings, navigation, the guards before any figure, the shared filters."""

import logging
from pathlib import Path

import duckdb
import streamlit as st

from dashboard import data, sidebar, view, welcome
from dashboard.data import Published
from warehouse import reader
from warehouse.settings import SettingsError, WarehouseSettings, read_environment

log = logging.getLogger(__name__)


@st.fragment(run_every="2s")
def redraw_when_published(warehouse: Path, drawn: reader.Generation | None) -> None:
    """Draw the page again once another generation is published; it costs one `stat`, and opens nothing."""
    if reader.current_generation(warehouse) != drawn:
        st.rerun()


def draw(warehouse: Path) -> None:
    """Draw the generation that is published now.

    Raises:
        reader.WarehouseMissing, duckdb.Error, OSError: it is gone, or can't be read.
    """
    generation = reader.current_generation(warehouse)
    redraw_when_published(warehouse, generation)
    if generation is None:
        welcome.show(delivery_count=0)
        st.stop()

    published = Published(warehouse, generation)
    state = data.state(published)
    if not state.has_time_spent:
        welcome.show(state.delivery_count)
        st.stop()

    filters = sidebar.choose_filters(published)
    # On a phone the sidebar is folded away, so the page itself says how much of the data it shows.
    chosen = f"{len(filters.event_ids)} chosen" if filters.event_ids else "all"
    st.caption(f"As of {state.loaded_at:%Y-%m-%d %H:%M:%S} UTC · events: {chosen}")
    view.show(view.View(published, filters))
    page.run()


st.set_page_config(page_title="Time spent in sessions", layout="wide")
page = st.navigation(
    [
        st.Page("app_pages/overview.py", title="Overview", default=True),
        st.Page("app_pages/sessions.py", title="Sessions"),
        st.Page("app_pages/speakers.py", title="Speakers"),
        st.Page("app_pages/tags.py", title="Tags"),
    ],
    position="top",
)
try:
    settings = WarehouseSettings.from_env(read_environment())
except SettingsError as error:
    st.error(str(error))
    st.stop()
try:
    draw(settings.warehouse_path)
except reader.WarehouseMissing:  # taken away since we looked
    st.rerun()
except (duckdb.Error, OSError):
    log.exception("the warehouse cannot be read")
    st.error(
        f"The warehouse `{settings.warehouse_path}` cannot be read: it is damaged, or was made by another version."
    )
