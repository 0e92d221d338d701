"""The dashboard in a real browser: every page at both widths, and what a visitor does there."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect

from tests.e2e.machine import Machine, eventually, free_port

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


@dataclass
class Dashboard:
    """A running dashboard on a loaded warehouse, in a browser that notes every complaint."""

    machine: Machine
    browser: Browser
    address: str
    complaints: list[str]

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
    [accepted] = re.findall(r"^accepted +([\d,]+)", sent.stdout, re.MULTILINE)
    loaded = "SELECT coalesce(sum(delivery_count), 0)::BIGINT FROM raw.loads"
    eventually(lambda: machine.query(loaded), lambda rows: rows == [accepted.replace(",", "")])
    eventually(lambda: machine.answers("/_stcore/health", f"http://localhost:{port}"))
    its = Dashboard(machine, browser, f"http://localhost:{port}", [])
    yield its
    assert its.complaints == []


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

    # The filter holds on the next page; a session is looked at from near, and so its link.
    other.get_by_role("link", name="Sessions").click()
    expect(other.get_by_role("heading", name="Sessions", level=1)).to_be_visible(timeout=20_000)
    expect(other.get_by_text(said)).to_be_visible()
    other.get_by_role("combobox", name="Look at one session").click()
    other.get_by_role("option").first.click()
    expect(other.get_by_role("heading", name="How many stayed how long")).to_be_visible(timeout=20_000)
    other.wait_for_url(re.compile(r"session="))
    expect(other.get_by_role("heading", name="All sessions")).to_have_count(0, timeout=20_000)

    # A table is downloaded.
    with other.expect_download(timeout=20_000) as download:
        other.get_by_role("button", name="CSV").click()
    file = tmp_path / "table.csv"
    download.value.save_as(file)
    assert file.read_text("utf-8-sig").startswith("session,attendee_count,share\n")

    # SQL answers, and reads no file.
    sql = dashboard.open("sql")
    editor = sql.get_by_role("textbox", name="Query (DuckDB)")
    editor.fill("SELECT sum(minutes_spent)::BIGINT AS m FROM time_spent", timeout=30_000)
    sql.get_by_role("button", name="Run").click()
    expect(sql.get_by_text("1 rows")).to_be_visible(timeout=30_000)
    editor.fill("SELECT * FROM read_text('/etc/passwd')")
    sql.get_by_role("button", name="Run").click()
    expect(sql.get_by_text("The query was not answered.")).to_be_visible(timeout=30_000)
    expect(sql.get_by_text("disabled by configuration")).to_be_visible()
    expect(sql.get_by_text("root:x:")).to_have_count(0)

    # New data appears by itself; the reader stays where they scrolled to.
    page.get_by_test_id("stMain").evaluate("element => element.scrollTo(0, 600)")
    more = machine.run("ingest", "simulate", "--attendees", "90", "--sessions", "10", "--events", "2", "--seed", "2")
    assert more.returncode == 0, more.stderr
    expect(page.get_by_text(said)).to_be_visible()
    before = page.get_by_text("As of").inner_text()
    expect(page.get_by_text(before)).to_have_count(0, timeout=30_000)
    assert page.get_by_test_id("stMain").evaluate("element => element.scrollTop") == 600
