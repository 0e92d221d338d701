"""The dashboard in a real browser: every page at both widths and in both themes, and what a visitor does there."""

import io
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from typing import Any, Literal
from urllib.parse import parse_qs, urlencode, urlsplit
from xml.etree import ElementTree as ET

import openpyxl
import polars as pl
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, expect
from pypdf import PdfReader

from dashboard.provenance import slug
from tests.e2e.machine import ROOT, THIS_MACHINE_ONLY, Machine, eventually, free_port, listens_at
from warehouse.storage.file import reader

pytestmark = pytest.mark.e2e

Scheme = Literal["light", "dark"]

# The pages about the event, whose name is their heading; and those about deliveries.
PAGES = {
    "": "Overview",
    "agenda": "Agenda",
    "sessions": "Sessions",
    "speakers": "Speakers",
    "tags": "Tags",
    "funnel": "Funnel",
    "companies": "Companies",
    "attendees": "Attendees",
    "sponsors": "Sponsors",
    "places": "Booths and leads",
    "compare": "Compare",
}
OTHER_PAGES = {"health": "Data health", "sql": "SQL"}
PHONE, DESK, HEIGHT = 390, 1440, 900
PATIENCE = 30_000  # milliseconds

# What a busy machine may add to a time that is promised of an idle one.
NOISE_SECONDS = 3.0

# In the list of pages that a phone has behind a button, Streamlit puts what is no item into a list.
STREAMLITS_OWN = {"exclude": [['[data-testid="stSidebarNav"]']]}
# Charts take a moment to follow the screen.
FITS_SOON = """element => new Promise(done => {
    const until = Date.now() + 5000
    const look = () => {
        const fits = element.scrollWidth <= element.clientWidth
        if (fits || Date.now() > until) done(fits)
        else requestAnimationFrame(look)
    }
    requestAnimationFrame(look)
})"""
GRAVE = ("serious", "critical")
SVG = "{http://www.w3.org/2000/svg}"


@dataclass
class Dashboard:
    """A running dashboard on a loaded warehouse, in a browser that notes every complaint."""

    machine: Machine
    browser: Browser
    address: str
    accepted: int = 0
    complaints: list[str] = field(default_factory=list)
    contexts: list[BrowserContext] = field(default_factory=list)

    def simulate(self, attendees: int) -> None:
        """Send two events with so many attendees, and wait until everything that was sent is published."""
        sent = self.machine.run(
            "ingest", "simulate", "--attendees", str(attendees), "--sessions", "10", "--events", "2"
        )
        assert sent.returncode == 0, sent.stderr
        [accepted] = re.findall(r"^accepted +([\d,]+)", sent.stdout, re.MULTILINE)
        self.accepted += int(accepted.replace(",", ""))
        loaded = "SELECT coalesce(sum(delivery_count), 0)::BIGINT FROM raw.loads"
        eventually(lambda: self.machine.query(loaded), lambda rows: rows == [str(self.accepted)])

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """What the published warehouse answers."""
        with reader.connect(self.machine.warehouse) as connection:
            return connection.sql(sql).fetchall()

    def open(self, page: str = "", **link: str) -> Page:
        """A page in a browser of its own, as somebody sees it who was sent the link."""
        context = self.browser.new_context(viewport={"width": DESK, "height": HEIGHT}, accept_downloads=True)
        self.contexts.append(context)
        opened = context.new_page()
        opened.on("pageerror", lambda error: self.complaints.append(str(error)))
        opened.on("console", self._note)
        self.go(opened, page, **link)
        return opened

    def go(self, page: Page, path: str, **link: str) -> None:
        """Open the link, and wait until all of the page is drawn."""
        page.goto(f"{self.address}/{path}?{urlencode(link)}")
        settle(page)

    def _note(self, message: ConsoleMessage) -> None:
        # Opened below the root, Streamlit's client first looks for its server below the page's own path.
        is_probe = re.search(r"/\w+/_stcore/(health|host-config)$", message.location.get("url", ""))
        if message.type == "error" and not is_probe:
            self.complaints.append(message.text)


@pytest.fixture(scope="module")
def running(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    """Two events are loaded. One server and one browser are enough for all tests of this file."""
    port = free_port()
    data_dir = tmp_path_factory.mktemp("machine") / "data"
    data_dir.mkdir()
    its = Dashboard(Machine(data_dir), browser, f"http://127.0.0.1:{port}")
    its.machine.more_env = {"DASHBOARD_SHOW_PII": "0", "DASHBOARD_SQL": "1", "DASHBOARD_PORT": str(port)}
    try:
        its.machine.serve()
        its.machine.start("dashboard", "serve")
        its.simulate(attendees=80)
        eventually(lambda: its.machine.answers("/_stcore/health", its.address))
        yield its
    finally:
        its.machine.kill_all()


@pytest.fixture
def dashboard(running: Dashboard) -> Iterator[Dashboard]:
    """At the end of each test nothing may have complained."""
    running.complaints.clear()
    yield running
    for context in running.contexts:
        context.close()
    running.contexts.clear()
    assert running.complaints == []


def settle(page: Page) -> None:
    """Wait until all of the page is drawn."""
    expect(page.get_by_test_id("stMain").locator("h1")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning", timeout=PATIENCE)
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0, timeout=PATIENCE)


def fits(page: Page, width: int, scheme: Scheme) -> bool:
    """Whether nothing is wider than a screen of this width, in this theme."""
    page.set_viewport_size({"width": width, "height": HEIGHT})
    page.emulate_media(color_scheme=scheme)
    expect(page.get_by_test_id("stApp")).to_have_css("color-scheme", scheme)
    return bool(page.get_by_test_id("stMain").evaluate(FITS_SOON))


def barriers(page: Page, *rules: str) -> list[str]:
    """What axe-core calls serious or critical; all its rules, or these."""
    options: dict[str, Any] = {"resultTypes": ["violations"]} | ({"runOnly": list(rules)} if rules else {})
    found = Axe().run(page, STREAMLITS_OWN, options).response["violations"]
    return [f"{fault['id']}: {fault['nodes'][0]['html'][:200]}" for fault in found if fault["impact"] in GRAVE]


def figures(page: Page) -> list[str]:
    return page.get_by_test_id("stMetricValue").all_inner_texts()


def downloaded(page: Page, button: Locator) -> tuple[str, bytes]:
    """The name and the bytes of what a download button hands over."""
    settle(page)  # a button that is pressed while its page is drawn again is another one a moment later
    with page.expect_download(timeout=PATIENCE) as download:
        button.click()
    return download.value.suggested_filename, download.value.path().read_bytes()


def test_every_page_can_be_read_at_both_widths_and_in_both_themes(dashboard: Dashboard) -> None:
    """Without an exception, a complaint in the console, a barrier, or anything wider than the screen."""
    [(event, name)] = dashboard.rows("SELECT event_id, event_name FROM event_engagement ORDER BY event_id LIMIT 1")
    [(session, sponsor, attendee, company)] = dashboard.rows(
        f"""
        SELECT (SELECT arg_max(session_id, total_minutes) FROM session_engagement WHERE event_id = '{event}'),
               (SELECT any_value(sponsor_id) FROM session_sponsors WHERE event_id = '{event}'),
               (SELECT arg_max(registration_id, total_minutes) FROM attendee_engagement WHERE event_id = '{event}'),
               (SELECT arg_max(company, attendee_count) FROM company_engagement WHERE event_id = '{event}')
        """
    )
    links = [
        *((path, {"event": event}, f"{title} · {name}") for path, title in PAGES.items()),
        *((path, {}, title) for path, title in OTHER_PAGES.items()),
        ("sessions", {"event": event, "show": session, "minutes": "1"}, f"Sessions · {name}"),
        ("sponsors", {"event": event, "show": sponsor, "credit": "split"}, f"Sponsors · {name}"),
        ("attendees", {"event": event, "show": attendee}, f"Attendees · {name}"),
        ("companies", {"event": event, "show": company}, f"Companies · {name}"),
    ]
    page = dashboard.open()
    faults = []
    for path, link, title in links:
        fits(page, DESK, "light")
        dashboard.go(page, path, **link)
        expect(page).to_have_title(title)
        expect(page.get_by_test_id("stException")).to_have_count(0)
        expect(page.get_by_test_id("stAlertContentError")).to_have_count(0)
        found = barriers(page)
        too_wide = [] if fits(page, DESK, "dark") else [f"wider than {DESK}"]
        found += barriers(page, "color-contrast")
        too_wide += [] if fits(page, PHONE, "dark") and fits(page, PHONE, "light") else [f"wider than {PHONE}"]
        found += barriers(page)
        faults += [(path, link, fault) for fault in found + too_wide]
    assert faults == []


def test_whoever_gets_a_link_sees_the_same(dashboard: Dashboard) -> None:
    """The event, the filters and the session that its sender chose, in a browser that was never here before."""
    [(other, name)] = dashboard.rows(
        "SELECT event_id, event_name FROM event_engagement JOIN sessions USING (event_id) "
        "GROUP BY ALL ORDER BY min(starts_at) LIMIT 1"
    )
    page = dashboard.open()
    expect(page.get_by_role("heading", level=1, name=name)).to_have_count(0)  # it is not the latest

    page.get_by_role("combobox", name="Event").click()
    page.get_by_role("option", name=name).click()
    expect(page.get_by_role("heading", level=1, name=name)).to_be_visible(timeout=PATIENCE)
    settle(page)
    page.get_by_role("button", name="Filters").click()
    page.get_by_role("combobox", name="Tags").click()
    [(tag,)] = dashboard.rows(f"SELECT min(tag) FROM session_tags WHERE event_id = '{other}'")
    page.get_by_role("option", name=tag, exact=True).click()
    page.wait_for_url(re.compile("tag="))
    page.keyboard.press("Escape")
    settle(page)
    page.get_by_role("button", name="Event", exact=True).click()
    page.get_by_role("menuitem", name="Sessions").click()
    expect(page.get_by_role("heading", name="Sessions", exact=True)).to_be_visible(timeout=PATIENCE)
    settle(page)
    page.get_by_role("combobox", name="Show one session").click()
    page.get_by_role("option").first.click()
    page.wait_for_url(re.compile("show="))
    expect(page.get_by_role("heading", name="How long people stayed")).to_be_visible(timeout=PATIENCE)
    settle(page)

    theirs = dashboard.open()
    theirs.goto(page.url)
    expect(theirs.get_by_role("heading", name="How long people stayed")).to_be_visible(timeout=PATIENCE)
    settle(theirs)

    shown = parse_qs(urlsplit(page.url).query)
    [(title, attendees)] = dashboard.rows(
        f"""
        SELECT session_title, count(*) FROM time_spent JOIN sessions USING (event_id, session_id)
        WHERE event_id = '{other}' AND session_id = '{shown["show"][0]}' GROUP BY ALL
        """
    )
    assert (shown["event"], shown["tag"]) == ([other], [tag])
    for seen in (page, theirs):
        expect(seen.get_by_role("heading", level=1)).to_have_text(name)
        expect(seen.get_by_role("heading", level=2, name=title, exact=True)).to_be_visible()
        expect(seen.get_by_role("button", name=f"Tag: {tag}")).to_be_visible()
        assert figures(seen)[0] == f"{attendees:,}"
    assert figures(theirs) == figures(page)


def test_a_click_on_a_bar_of_the_agenda_opens_its_session(dashboard: Dashboard) -> None:
    page = dashboard.open("agenda")
    bar = page.locator("path[aria-label*='Session: ']").first
    label = bar.get_attribute("aria-label", timeout=PATIENCE) or ""
    title = re.findall(r"Session: (.*?); Scheduled", label)[0]
    settle(page)

    bar.click()

    expect(page.get_by_role("heading", level=2, name=title, exact=True)).to_be_visible(timeout=PATIENCE)
    assert re.search(r"/sessions\?.*show=", page.url)


def test_each_file_opens_and_says_what_it_holds(dashboard: Dashboard) -> None:
    """A table in three forms, a picture in two, the report and the workbook of the event, those of a sponsor."""
    [(event, name, sponsor, sponsor_name)] = dashboard.rows(
        "SELECT event_id, event_name, sponsor_id, coalesce(sponsor_name, sponsor_id) "
        "FROM session_sponsors JOIN events USING (event_id) LEFT JOIN sponsors USING (sponsor_id) "
        "ORDER BY event_id, sponsor_id LIMIT 1"
    )
    sessions = dashboard.rows(
        f"SELECT session_title, attendee_count FROM session_engagement WHERE event_id = '{event}' ORDER BY ALL"
    )
    page = dashboard.open("sessions", event=event)

    page.get_by_role("button", name="Table", exact=True).click()
    file, csv = downloaded(page, page.get_by_role("button", name="CSV"))
    assert re.fullmatch(rf"{slug(name)}_sessions_\d{{4}}-\d\d-\d\d\.csv", file)
    table = pl.read_csv(csv)
    assert sorted(table.select("session", "attendee_count").rows()) == sessions
    assert table["event_id"].unique().to_list() == [event]

    _, parquet = downloaded(page, page.get_by_role("button", name="Parquet"))
    assert sorted(pl.read_parquet(parquet).select("session", "attendee_count").rows()) == sessions
    assert pl.read_parquet_metadata(io.BytesIO(parquet))["Event"] == name

    _, xlsx = downloaded(page, page.get_by_role("button", name="Excel", exact=True))
    assert about(xlsx)["Event"] == name
    assert openpyxl.load_workbook(io.BytesIO(xlsx)).worksheets[0].max_row >= len(sessions)

    page.keyboard.press("Escape")
    page.get_by_role("button", name="Share", exact=True).click()
    file, html = downloaded(page, page.get_by_role("button", name="Report of the event", exact=True))
    assert re.fullmatch(rf"{slug(name)}_executive-report_.*\.html", file)
    assert f"{name}: executive report" in unescape(html.decode())
    _, xlsx = downloaded(page, page.get_by_role("button", name="All tables, for Excel"))
    assert about(xlsx)["Event"] == name

    dashboard.go(page, "sponsors", event=event, show=sponsor)
    page.get_by_role("button", name="Share", exact=True).click()
    file, html = downloaded(page, page.get_by_role("button", name="Report for this sponsor", exact=True))
    assert "_sponsor-report" in file
    assert f"{sponsor_name}, {name}</title>" in unescape(html.decode())
    _, xlsx = downloaded(page, page.get_by_role("button", name="Report for this sponsor, for Excel"))
    assert about(xlsx)["Event"] == name

    file, pdf = downloaded(page, page.get_by_role("button", name="Report for this sponsor, as PDF"))
    assert file.endswith(".pdf")
    text = PdfReader(io.BytesIO(pdf)).pages[0].extract_text()
    assert re.sub(r"\s", "", sponsor_name) in re.sub(r"[\s\u200b]", "", text)  # long words break

    dashboard.go(page, "agenda", event=event)
    page.get_by_role("button", name="Picture").click()
    _, png = downloaded(page, page.get_by_role("button", name="PNG"))
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    _, svg = downloaded(page, page.get_by_role("button", name="SVG"))
    words = "".join(text for text in ET.fromstring(svg).itertext())  # noqa: S314 -- our own server made it
    assert name in words
    page.keyboard.press("Escape")

    # Streamlit's own pictures have no title, and the cells of its files could be formulas, also of a chart's data.
    page.get_by_test_id("stVegaLiteChart").first.hover()
    # Sent to the button itself: the chart beneath it, or the page's head, may take a click at its place.
    page.get_by_role("button", name="Show data").first.dispatch_event("click")
    page.get_by_test_id("stDataFrame").first.hover()
    expect(page.get_by_role("button", name="Fullscreen").first).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("^Download as"))).to_have_count(0)


def about(xlsx: bytes) -> dict[str, str]:
    """What the workbook says about itself."""
    sheet = openpyxl.load_workbook(io.BytesIO(xlsx))["About"]
    return {str(row[0]): str(row[1]) for row in sheet.iter_rows(values_only=True) if row[0]}


def test_sql_is_answered_and_reads_no_file(dashboard: Dashboard) -> None:
    """And takes no more memory than it may."""
    page = dashboard.open("sql")
    editor = page.get_by_role("textbox", name="Query (DuckDB)")
    editor.fill("SELECT sum(minutes_spent)::BIGINT AS m FROM time_spent")
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_text("1 row", exact=True)).to_be_visible(timeout=PATIENCE)
    editor.fill("SELECT * FROM read_text('/etc/passwd')")
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_text("The query was not answered.")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_text("disabled by configuration")).to_be_visible()
    expect(page.get_by_text("root:x:")).to_have_count(0)
    editor.fill("SELECT len(range(1_000_000_000))")
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_text("it needs more than 256\N{NO-BREAK SPACE}MB of memory")).to_be_visible(timeout=PATIENCE)


def test_new_data_appears_by_itself(dashboard: Dashboard) -> None:
    """Within 5 seconds of the load; the reader's filter, and where they scrolled to, stay."""
    [(event,)] = dashboard.rows("SELECT min(event_id) FROM event_engagement")
    counted = (
        f"SELECT count(DISTINCT registration_id) FROM time_spent WHERE event_id = '{event}' AND minutes_spent >= 2"
    )
    [(before,)] = dashboard.rows(counted)
    page = dashboard.open(event=event, minutes="2")
    assert figures(page)[0] == f"{before:,}"
    page.get_by_test_id("stMain").evaluate("element => element.scrollTo(0, 300)")
    link = page.url

    dashboard.simulate(attendees=90)
    published_at = dashboard.machine.warehouse.stat().st_mtime
    [(after,)] = dashboard.rows(counted)

    expect(page.get_by_test_id("stMetricValue").first).to_have_text(f"{after:,}", timeout=PATIENCE)
    shown_after = time.time() - published_at
    assert after > before
    assert page.url == link
    assert page.get_by_test_id("stMain").evaluate("element => element.scrollTop") == 300
    assert shown_after <= 5 + NOISE_SECONDS


def test_started_in_another_folder_it_listens_to_this_machine_only(machine: Machine, tmp_path: Path) -> None:
    """Its configuration lies beside it, not in the working directory."""
    port = free_port()
    machine.directory = tmp_path
    machine.start("streamlit", "run", str(ROOT / "dashboard"), "--server.port", str(port))
    eventually(lambda: machine.answers("/_stcore/health", f"http://localhost:{port}"))

    assert listens_at(port)
    assert listens_at(port) <= THIS_MACHINE_ONLY
