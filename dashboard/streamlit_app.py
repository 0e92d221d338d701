"""The frame around every page: settings, sign-in, navigation, checks before any figure, filters, footer."""

import logging
from datetime import datetime
from importlib.metadata import version

import duckdb
import streamlit as st

from dashboard import address, data
from dashboard.data import Published, View
from dashboard.display import downloads, nothing
from dashboard.filters import Filters
from dashboard.frame import access, bar, heading, looks, share, welcome
from dashboard.frame.view import hand_over
from dashboard.queries import choices, spellings
from dashboard.queries.event import event
from dashboard.queries.sessions import sessions
from dashboard.settings import DashboardSettings
from warehouse.postgres import CatalogError
from warehouse.settings import SettingsError, read_environment
from warehouse.storage import FileStorage, Generation, Storage, storage_of
from warehouse.storage.errors import OtherVersion, Superseded, WarehouseMissing
from warehouse.storage.one_line import explained
from warehouse.storage.versions import require_current_version

log = logging.getLogger(__name__)

# These pages are about deliveries, not about an event, also before any of them names somebody.
PAGES_ABOUT_DELIVERIES = ("health", "trace", "sql")
# These pages also count people who were in no session.
PAGES_BEYOND_ATTENDANCES = ("funnel", "places")


@st.fragment(run_every="2s")
def redraw_when_published(storage: Storage, drawn: Generation | None) -> None:
    """Draw the page again once another generation is published. A look is cheap, and opens nothing."""
    downloads.wait_until_fetched()
    try:
        is_drawn = storage.generation() == drawn
    except CatalogError:  # PostgreSQL is away: what is drawn stays
        return
    if not is_drawn:
        st.rerun()


@st.fragment(run_every="5s")
def try_again() -> None:
    """Draw the page again in five seconds: not in the run that shows this."""
    if st.session_state.pop("waits_for_the_lake", None):
        st.rerun()
    st.session_state["waits_for_the_lake"] = True


def draw(settings: DashboardSettings) -> None:
    """Draw the generation that is published now.

    Raises:
        WarehouseMissing, Superseded: it was replaced or removed meanwhile.
        duckdb.Error, OSError: it can't be read.
    """
    storage = storage_of(settings.warehouse)
    generation = storage.generation()
    redraw_when_published(storage, generation)
    if generation is None:
        welcome.show(delivery_count=0)
        st.stop()

    published = Published(storage, generation)
    state = data.state(published)
    if page.url_path in PAGES_ABOUT_DELIVERIES:
        st.set_page_config(page_title=page.title)
        hand_over(View(published, Filters(), settings))
        page.run()
        return
    if not choices.events(published):
        welcome.show(state.delivery_count)
        st.stop()
    draw_event(published, settings, state.loaded_at)


def draw_event(published: Published, settings: DashboardSettings, loaded_at: datetime) -> None:
    """Draw the page about the event in the address, under the filters there."""
    events = choices.events(published)
    address.restore(latest_event_id=next(iter(events)))
    filters = address.filters()
    for event_id in filters.event_ids:
        if event_id not in events:
            nothing.is_not_here("event", event_id)
    shown = event(published, filters.event_ids[0])
    st.set_page_config(page_title=f"{page.title} · {shown.name}")
    offered = choices.of_event(published, shown.event_id)
    companies = spellings.shown_names(published, shown.event_id, filters.companies)
    if companies != filters.companies:
        address.put("company", list(companies))
    view = View(published, spellings.in_all_spellings(published, filters), settings)
    hand_over(view, shown)
    title, controls = st.columns([3, 2], vertical_alignment="bottom")
    with title:
        heading.show_name(shown)
    with controls.container(horizontal=True):
        bar.choose_event(events, shown.event_id)
        bar.choose_filters(offered)
        share.menu(view, page.url_path)
    heading.show_facts(shown, loaded_at)
    bar.show_chips(offered)
    for name, part_id in choices.unknown(filters, offered):
        nothing.is_not_here(name, part_id)
    if page.url_path not in PAGES_BEYOND_ATTENDANCES and sessions(view).is_empty():
        if not shown.session_count:
            nothing.nobody_spent_time_yet(shown.registered_count)
        nothing.is_left(view)
    page.run()


@st.fragment(run_every="2s")
def show_upgrade(storage: Storage) -> None:
    """How far the upgrade is, as long as there is one."""
    if upgrade := storage.upgrade_under_way():
        st.info(
            f"The warehouse is {upgrade}. This page appears by itself after that. Deliveries are accepted meanwhile."
        )
        st.progress(upgrade.percent)
    else:
        st.info("The upgrade has ended.")


def say_why_unreadable(storage: Storage) -> None:
    """Say that an upgrade is under way or awaited, or that the file is damaged.

    The page is drawn again with the next load.
    """
    if storage.upgrade_under_way():
        show_upgrade(storage)
        return
    try:
        with storage.connect() as connection:
            require_current_version(connection)
    except OtherVersion as other:
        st.info(f"The warehouse can't be shown yet: {other}. This page appears by itself after that.")
    except (WarehouseMissing, duckdb.Error, OSError):
        why = "it is damaged" if isinstance(storage, FileStorage) else "the log says why"
        st.error(f"The warehouse `{storage.address}` cannot be read: {why}.")
    else:
        st.error(f"The warehouse `{storage.address}` cannot be read; the log says why.")


st.set_page_config(page_title="Engagement", layout="wide")
st.html(looks.STYLE)
try:
    settings = DashboardSettings.from_env(read_environment())
except SettingsError as error:
    st.error(str(error))
    st.stop()
operations = [st.Page("app_pages/health.py", title="Data health"), st.Page("app_pages/trace.py", title="Trace")]
if settings.has_sql:
    operations.append(st.Page("app_pages/sql.py", title="SQL"))
pages = {
    "Event": [
        st.Page("app_pages/overview.py", title="Overview", default=True),
        st.Page("app_pages/agenda.py", title="Agenda"),
        st.Page("app_pages/sessions.py", title="Sessions"),
        st.Page("app_pages/speakers.py", title="Speakers"),
        st.Page("app_pages/tags.py", title="Tags"),
    ],
    "Audience": [
        st.Page("app_pages/funnel.py", title="Funnel"),
        st.Page("app_pages/companies.py", title="Companies"),
        st.Page("app_pages/attendees.py", title="Attendees"),
    ],
    "Partners": [
        st.Page("app_pages/sponsors.py", title="Sponsors"),
        st.Page("app_pages/places.py", title="Booths and leads"),
    ],
    "Compare": [st.Page("app_pages/compare.py", title="Compare")],
    "Operations": operations,
}
page = st.navigation(pages, position="top")
access.require(settings)
# A page may end the run, so the footer below it is drawn first.
body = st.container()
with st.container(horizontal=True, vertical_alignment="center"):
    st.caption(f"Engagement warehouse {version('engagement-warehouse')}")
    access.offer_sign_out()
with body:
    try:
        with data.opened_once():
            draw(settings)
    except (WarehouseMissing, Superseded):
        st.rerun()
    except CatalogError as error:
        log.error("%s", error)  # noqa: TRY400 -- one line
        st.error("The lake can't be reached; the log says why. This page tries again by itself.")
        try_again()
    except (duckdb.Error, OSError) as error:
        said, cure = explained(error, settings.warehouse.lake)
        if cure:
            log.error("%s; %s", said, cure)  # noqa: TRY400 -- one line
            st.error("The lake's objects can't be read; the log says why. This page tries again by itself.")
            try_again()
        else:
            log.exception("the warehouse cannot be read")
            say_why_unreadable(storage_of(settings.warehouse))
