"""The frame around every page: settings, sign-in, navigation, checks before any figure, filters, footer."""

import logging
from importlib.metadata import version
from pathlib import Path

import duckdb
import streamlit as st

from dashboard import data
from dashboard.data import Published, View
from dashboard.display import downloads
from dashboard.display.text import count
from dashboard.frame import access, sidebar, welcome
from dashboard.frame.view import hand_over
from dashboard.queries import sessions
from dashboard.sections import summary
from dashboard.settings import DashboardSettings
from warehouse.settings import SettingsError, read_environment
from warehouse.storage import reader

log = logging.getLogger(__name__)

# These pages show deliveries, also before any of them says how much time was spent.
PAGES_WITHOUT_TIME_SPENT = ("health", "sql")

# Charts have downloads of their own, on white and with a title, so Streamlit's PNG button is hidden.
ONE_PNG = """
<style>
[data-testid="stElementToolbarButton"]:has([aria-label^="Download as PNG"]) { display: none }
</style>
"""


@st.fragment(run_every="2s")
def redraw_when_published(warehouse: Path, drawn: reader.Generation | None) -> None:
    """Draw the page again once another generation is published. Each look costs one `stat`, and opens nothing."""
    downloads.wait_until_fetched()
    if reader.current_generation(warehouse) != drawn:
        st.rerun()


def draw(settings: DashboardSettings) -> None:
    """Draw the generation that is published now.

    Raises:
        reader.WarehouseMissing, reader.Superseded: it was replaced or removed meanwhile.
        duckdb.Error, OSError: it can't be read.
    """
    warehouse = settings.warehouse.warehouse_path
    generation = reader.current_generation(warehouse)
    redraw_when_published(warehouse, generation)
    if generation is None:
        welcome.show(delivery_count=0)
        st.stop()

    published = Published(warehouse, generation)
    state = data.state(published)
    needs_time_spent = page.url_path not in PAGES_WITHOUT_TIME_SPENT
    if needs_time_spent and not state.has_time_spent:
        welcome.show(state.delivery_count)
        st.stop()

    filters = sidebar.choose_filters(published)
    view = View(published, filters, settings)
    attendance_count = int(sessions.sessions(view)["attendee_count"].sum())
    # A phone hides the sidebar, so the page itself says how much of the data it shows.
    narrowed = f"{count(len(filters.parameters), 'filter')} set" if filters.parameters else "no filter set"
    st.caption(f"As of {state.loaded_at:%Y-%m-%d %H:%M:%S} UTC · {count(attendance_count, 'attendance')} · {narrowed}")
    if needs_time_spent and not attendance_count:
        st.info(f"{summary.NOTHING} Remove a filter in the sidebar.")
        st.stop()
    hand_over(view)
    page.run()


def say_why_unreadable(warehouse: Path) -> None:
    """Say that an upgrade is awaited, or that the file is damaged. The page is drawn again with the next load."""
    try:
        with reader.connect(warehouse) as connection:
            reader.require_current_version(connection)
    except reader.OtherVersion as other:
        st.info(f"The warehouse can't be shown yet: {other}. This page appears by itself after that.")
    except (reader.WarehouseMissing, duckdb.Error, OSError):
        st.error(f"The warehouse `{warehouse}` cannot be read: it is damaged.")
    else:
        st.error(f"The warehouse `{warehouse}` cannot be read; the log says why.")


st.set_page_config(page_title="Time spent in sessions", layout="wide")
st.html(ONE_PNG)
try:
    settings = DashboardSettings.from_env(read_environment())
except SettingsError as error:
    st.error(str(error))
    st.stop()
pages = [
    st.Page("app_pages/overview.py", title="Overview", default=True),
    st.Page("app_pages/sessions.py", title="Sessions"),
    st.Page("app_pages/speakers.py", title="Speakers"),
    st.Page("app_pages/tags.py", title="Tags"),
    st.Page("app_pages/attendees.py", title="Attendees"),
    st.Page("app_pages/compare.py", title="Compare events"),
    st.Page("app_pages/health.py", title="Data health"),
]
if settings.has_sql:
    pages.append(st.Page("app_pages/sql.py", title="SQL"))
page = st.navigation(pages, position="top")
access.require(settings)
# A page may end the run, so the footer below it is drawn first.
body = st.container()
st.caption(f"Engagement warehouse {version('engagement-warehouse')}")
with body:
    try:
        draw(settings)
    except (reader.WarehouseMissing, reader.Superseded):
        st.rerun()
    except (duckdb.Error, OSError):
        log.exception("the warehouse cannot be read")
        say_why_unreadable(settings.warehouse.warehouse_path)
