"""The dashboard in a real browser: every page at both widths, and what a visitor does there."""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode
from xml.etree import ElementTree as ET

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect

from tests.e2e.machine import ROOT, THIS_MACHINE_ONLY, Machine, eventually, free_port, listens_at

pytestmark = pytest.mark.e2e

PAGES = {
    "": "Overview",
    "sessions": "Sessions",
    "speakers": "Speakers",
    "tags": "Tags",
    "attendees": "Attendees",
    "compare": "Compare events",
    "health": "Data health",
    "sql": "SQL",
}
PHONE, DESK = 390, 1440


# What a busy machine may add to a time that is promised of an idle one.
NOISE_SECONDS = 3.0


@dataclass
class Dashboard:
    """A running dashboard on a loaded warehouse, in a browser that notes every complaint."""

    machine: Machine
    browser: Browser
    address: str
    complaints: list[str]
    accepted: int = 0

    def wait_until_loaded(self, said_by_simulator: str) -> None:
        """Until everything is published that the simulator, by what it said, has sent now and before."""
        [accepted] = re.findall(r"^accepted +([\d,]+)", said_by_simulator, re.MULTILINE)
        self.accepted += int(accepted.replace(",", ""))
        loaded = "SELECT coalesce(sum(delivery_count), 0)::BIGINT FROM raw.loads"
        eventually(lambda: self.machine.query(loaded), lambda rows: rows == [str(self.accepted)])

    def context(self, width: int = DESK, scheme: str = "light") -> BrowserContext:
        return self.browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if scheme == "dark" else "light",
            accept_downloads=True,
        )

    def open(self, path: str, context: BrowserContext | None = None) -> Page:
        page = (context or self.context()).new_page()
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._note)
        page.goto(f"{self.address}/{path}")
        return page

    def _note(self, message: ConsoleMessage) -> None:
        # Opened below the root, Streamlit's client first looks for its server below the page's own path.
        is_probe = re.search(r"/\w+/_stcore/(health|host-config)$", message.location.get("url", ""))
        if message.type == "error" and not is_probe:
            self.complaints.append(message.text)


@pytest.fixture
def dashboard(machine: Machine, browser: Browser) -> Iterator[Dashboard]:
    """Two events are loaded. At the end nothing may have complained."""
    port = free_port()
    machine.more_env = {"DASHBOARD_SHOW_PII": "0", "DASHBOARD_SQL": "1"}
    machine.serve()
    machine.start("streamlit", "run", "dashboard", "--server.port", str(port))
    sent = machine.run("ingest", "simulate", "--attendees", "80", "--sessions", "10", "--events", "2")
    assert sent.returncode == 0, sent.stderr
    eventually(lambda: machine.answers("/_stcore/health", f"http://localhost:{port}"))
    its = Dashboard(machine, browser, f"http://localhost:{port}", [])
    its.wait_until_loaded(sent.stdout)
    yield its
    assert its.complaints == []


def saved(page: Page, button: str, folder: Path) -> bytes:
    """What the download button with this key hands over."""
    with page.expect_download(timeout=20_000) as download:
        page.locator(f".st-key-{button} button").click()
    file = folder / button
    download.value.save_as(file)
    return file.read_bytes()


def expect_no_files_of_streamlits_own(page: Page) -> None:
    """Its pictures have no title, and the cells of its tables could be formulas: also those of a chart's data."""
    page.get_by_test_id("stVegaLiteChart").first.hover()
    # Sent to the button itself: the chart beneath it, or the page's head, may take a click at its place.
    page.get_by_role("button", name="Show data").first.dispatch_event("click")
    page.get_by_test_id("stDataFrame").first.hover()
    expect(page.get_by_role("button", name="Fullscreen").first).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("^Download as"))).to_have_count(0)


def test_every_page_is_drawn_at_both_widths(dashboard: Dashboard) -> None:
    """Without an exception, a complaint in the console, or anything wider than the screen."""
    for width, scheme in ((DESK, "light"), (PHONE, "dark")):
        context = dashboard.context(width, scheme)
        page = dashboard.open("", context)
        for path, title in PAGES.items():
            if path:
                page.goto(f"{dashboard.address}/{path}")
            expect(page.get_by_role("heading", name=title, level=1)).to_be_visible(timeout=30_000)
            expect(page.get_by_text("As of")).to_be_visible()
            expect(page.get_by_test_id("stSkeleton")).to_have_count(0, timeout=20_000)
            expect(page.get_by_test_id("stStatusWidget")).to_have_count(0, timeout=20_000)
            expect(page.get_by_test_id("stException")).to_have_count(0)
            main = page.get_by_test_id("stMain")
            assert main.evaluate("element => element.scrollWidth <= element.clientWidth"), (path, width)
        context.close()


def test_what_a_visitor_does(dashboard: Dashboard, tmp_path: Path) -> None:
    """A filter, a copied link, a drill-down, a download, and SQL that reads no file."""
    machine = dashboard.machine
    [name] = machine.query("SELECT replace(event_name, ' ', '_') FROM event_engagement ORDER BY attendee_count LIMIT 1")
    name = name.strip('"').replace("_", " ")
    count = machine.query(
        f"SELECT format('{{:,}} attendances', count(*)) FROM time_spent JOIN events USING (event_id) "
        f"WHERE event_name = '{name}'"
    )
    said = " ".join(count).strip('"')

    # A filter changes the figures, and stands in the address.
    page = dashboard.open("")
    events = page.get_by_test_id("stSidebar").get_by_role("combobox", name="Events")
    events.click(timeout=30_000)
    page.get_by_role("option", name=name).click()
    expect(page.get_by_text(said)).to_be_visible(timeout=20_000)
    page.wait_for_url(re.compile(r"event="))

    # Whoever gets the link sees the same.
    other = dashboard.open(page.url.removeprefix(f"{dashboard.address}/"))
    expect(other.get_by_text(said)).to_be_visible(timeout=30_000)

    # The filter holds on the next page; one session is shown, and stands in the link.
    other.get_by_role("link", name="Sessions").click()
    expect(other.get_by_role("heading", name="Sessions", level=1)).to_be_visible(timeout=20_000)
    expect(other.get_by_text(said)).to_be_visible()
    other.get_by_role("combobox", name="Show one session").click()
    other.get_by_role("option").first.click()
    expect(other.get_by_role("heading", name="How long attendees stayed")).to_be_visible(timeout=20_000)
    other.wait_for_url(re.compile(r"session="))
    expect(other.get_by_role("heading", name="All sessions")).to_have_count(0, timeout=20_000)

    # A table is downloaded; a button that is pressed while its page is drawn again is another one a moment later.
    expect(other.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning", timeout=20_000)
    with other.expect_download(timeout=20_000) as download:
        other.get_by_role("button", name="CSV").click()
    file = tmp_path / "table.csv"
    download.value.save_as(file)
    assert file.read_text("utf-8-sig").startswith("session,attendee_count,share\n")

    # And so is a chart, as a picture of either kind.
    title = f"{other.get_by_role('heading', level=2).first.inner_text()}: minutes spent"
    assert saved(other, "minutes-spent-png", tmp_path).startswith(b"\x89PNG\r\n\x1a\n")
    picture = ET.fromstring(saved(other, "minutes-spent-svg", tmp_path))  # noqa: S314 -- our own server made it
    assert title in [element.text for element in picture.iter("{http://www.w3.org/2000/svg}text")]

    expect_no_files_of_streamlits_own(other)

    # SQL answers, and reads no file.
    sql = dashboard.open("sql")
    editor = sql.get_by_role("textbox", name="Query (DuckDB)")
    editor.fill("SELECT sum(minutes_spent)::BIGINT AS m FROM time_spent", timeout=30_000)
    sql.get_by_role("button", name="Run").click()
    expect(sql.get_by_text("1 row", exact=True)).to_be_visible(timeout=30_000)
    editor.fill("SELECT * FROM read_text('/etc/passwd')")
    sql.get_by_role("button", name="Run").click()
    expect(sql.get_by_text("The query was not answered.")).to_be_visible(timeout=30_000)
    expect(sql.get_by_text("disabled by configuration")).to_be_visible()
    expect(sql.get_by_text("root:x:")).to_have_count(0)
    editor.fill("SELECT len(range(1_000_000_000))")
    sql.get_by_role("button", name="Run").click()
    expect(sql.get_by_text("it needs more than 256\N{NO-BREAK SPACE}MB of memory")).to_be_visible(timeout=30_000)


def test_new_data_appears_by_itself(dashboard: Dashboard) -> None:
    """Within 5 seconds of the load; the reader's filter, and where they scrolled to, stay."""
    machine = dashboard.machine
    [event_id] = machine.query("SELECT event_id FROM event_engagement ORDER BY attendee_count LIMIT 1")
    attendances = f"SELECT count(*) FROM time_spent WHERE event_id = '{event_id}'"
    [before] = machine.query(attendances)
    [name] = machine.query(f"SELECT replace(event_name, ' ', '_') FROM events WHERE event_id = '{event_id}'")
    page = dashboard.open("?" + urlencode({"event": name.strip('"').replace("_", " ")}))
    expect(page.get_by_text(f"{int(before):,} attendances · 1 filter set")).to_be_visible(timeout=30_000)
    expect(page.get_by_role("heading", name="Report")).to_be_visible(timeout=30_000)
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0, timeout=20_000)
    page.get_by_test_id("stMain").evaluate("element => element.scrollTo(0, 300)")
    link = page.url

    more = machine.run("ingest", "simulate", "--attendees", "90", "--sessions", "10", "--events", "2")
    assert more.returncode == 0, more.stderr
    dashboard.wait_until_loaded(more.stdout)
    [as_of] = machine.query("SELECT strftime(arg_max(loaded_at, load_id), '%H:%M:%S') FROM raw.loads")
    published_at = machine.warehouse.stat().st_mtime
    [after] = machine.query(attendances)

    page.wait_for_function("text => document.body.innerText.includes(text)", arg=as_of.strip('"'), timeout=30_000)
    shown_after = time.time() - published_at
    expect(page.get_by_text(f"{int(after):,} attendances · 1 filter set")).to_be_visible()
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
