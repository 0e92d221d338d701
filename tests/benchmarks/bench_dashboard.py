"""The speed of the dashboard in headless Chromium, and of a Streamlit page that says hello, in the same run.

Run: python tests/benchmarks/bench_dashboard.py [--deliveries 1000000] [--data-dir DIR]
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path

import click
import duckdb
import streamlit as st
from playwright.sync_api import Browser, Page, sync_playwright
from rich.console import Console
from rich.table import Table
from streamlit.testing.v1 import AppTest

sys.path.insert(0, str(Path(__file__).parents[2]))

from dashboard.data import Published, View
from dashboard.filters import Filters
from dashboard.queries import choices
from dashboard.queries.credited import Kind
from dashboard.reports import files
from dashboard.settings import DashboardSettings
from ingest.simulate.conference import conference
from ingest.simulate.speakers import speakers
from tests.memory import resident_bytes
from warehouse.commands.load import load as load_inbox
from warehouse.inbox.sqlite_queue import Inbox
from warehouse.settings import WarehouseSettings
from warehouse.storage import storage_of

ROOT = Path(__file__).parents[2]
MEGABYTE = 1024 * 1024
HELLO = "import streamlit as st\nst.title('Hello')\n"
EVENTS, SESSIONS = 10, 40
DELIVERIES_PER_ATTENDEE = 9.8
BATCH = 20_000
ROUNDS = 5
PEOPLE = 5
# The pages by their titles: the menu in which each stands, and its file.
PAGES = {
    "Overview": ("Event", "overview"),
    "Agenda": ("Event", "agenda"),
    "Sessions": ("Event", "sessions"),
    "Speakers": ("Event", "speakers"),
    "Tags": ("Event", "tags"),
    "Companies": ("Audience", "companies"),
    "Attendees": ("Audience", "attendees"),
    "Sponsors": ("Partners", "sponsors"),
    "Compare": ("Compare", "compare"),
    "Data health": ("Operations", "health"),
}
FILTERED = ("Overview", "Sessions", "Speakers", "Tags", "Attendees")
# The page has its title, the script has ended, and so has the drawing of every chart.
IS_DRAWN = """title =>
    (document.querySelector('h1')?.innerText === title || document.title.split(' · ')[0] === title)
    && document.querySelector('h1')
    && document.querySelector('[data-testid=stApp]').dataset.testScriptState === 'notRunning'
    && !document.querySelector('[data-testid=stSkeleton]')
    && [...document.querySelectorAll('[data-testid=stVegaLiteChart]')]
        .every(chart => chart.querySelector('canvas, svg'))
"""
# The chip of the filter is there.
IS_FILTERED = "chip => [...document.querySelectorAll('button')].some(button => button.innerText.startsWith(chip))"
PATIENCE = 60_000  # milliseconds
# The bars are for this many deliveries. For more of them, up to five times as many, the bars are twice as high.
DELIVERIES_OF_THE_BARS = 1_000_000


def make_warehouse(data_dir: Path, deliveries: int) -> None:
    """Make a warehouse of about so many deliveries with the real inbox and loader; a second call continues."""
    made = data_dir / "bench.made"
    if made.exists() and made.read_text(encoding="ascii") == str(deliveries):
        return
    settings = WarehouseSettings(data_dir=data_dir)
    names = "".join(f"{one.speaker_id},{one.name}\n" for one in speakers(SESSIONS, 1))
    (settings.data_dir / "speakers.csv").write_text(f"speaker_id,speaker_name\n{names}", encoding="utf-8")
    attendees = max(1, round(deliveries / EVENTS / DELIVERIES_PER_ATTENDEE))
    with closing(Inbox(settings.inbox_path, create=True)) as inbox:
        accepted = inbox.last_id()
        bodies = islice(conference(attendees=attendees, sessions=SESSIONS, events=EVENTS, seed=1), accepted, None)
        while batch := list(islice(bodies, BATCH)):
            received_at = 1_760_000_000_000_000 + accepted
            inbox.append([(received_at + place, body) for place, body in enumerate(batch)])
            accepted += len(batch)
        while load_inbox(inbox, settings).delivery_count:
            pass
    made.write_text(str(deliveries), encoding="ascii")


@contextmanager
def serving(port: int, script: str) -> Iterator[int]:
    """A Streamlit server at the port, and its process id; stopped at the end of the block."""
    process = subprocess.Popen(
        [Path(sys.executable).parent / "streamlit", "run", script, "--server.port", str(port)],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(300):
            try:
                urllib.request.urlopen(f"http://localhost:{port}/_stcore/health", timeout=5)
                break
            except OSError:
                time.sleep(0.1)
        yield process.pid
    finally:
        process.terminate()
        process.wait()


def wait_until_drawn(page: Page, title: str) -> None:
    """Wait until the page with this title is drawn, checked at each frame; `expect` checks only twice a second."""
    page.wait_for_function(IS_DRAWN, arg=title, timeout=PATIENCE)


def first_pages(browser: Browser, address: str, title: str) -> list[float]:
    """Seconds from an empty tab to the drawn page, each time in a browser with an empty cache."""
    found = []
    for _ in range(ROUNDS):
        with closing(browser.new_context(viewport={"width": 1440, "height": 900})) as context:
            page = context.new_page()
            started = time.perf_counter()
            page.goto(address)
            wait_until_drawn(page, title)
            found.append(time.perf_counter() - started)
    return found


def go_to(page: Page, title: str) -> float:
    """Seconds from the choice in the menu to the drawn page."""
    menu, _ = PAGES[title]
    page.get_by_role("button", name=menu, exact=True).click()
    link = page.get_by_role("menuitem", name=title, exact=True)
    link.wait_for()
    started = time.perf_counter()
    link.click()
    wait_until_drawn(page, title)
    return time.perf_counter() - started


def open_filters(page: Page) -> None:
    """Open the filters, and wait until the browser has drawn them: a visitor can't type before."""
    page.get_by_role("button", name="Filters").click()
    page.get_by_role("spinbutton", name="Minutes, at least").wait_for()
    page.evaluate("() => new Promise(idle => requestIdleCallback(idle))")


def change_minutes(page: Page, title: str, minutes: int) -> float:
    """Seconds from a new value of the filter "Minutes, at least" to the drawn page. The value is not cached."""
    field = page.get_by_role("spinbutton", name="Minutes, at least")
    field.fill(str(minutes))
    started = time.perf_counter()
    field.press("Enter")
    page.wait_for_function(IS_FILTERED, arg=f"At least {minutes} min", timeout=PATIENCE)
    wait_until_drawn(page, title)
    return time.perf_counter() - started


def server_times(settings: DashboardSettings) -> list[float]:
    """Seconds that the server takes for each page, each time with an event that is not cached."""
    app = AppTest.from_file(str(ROOT / "dashboard" / "streamlit_app.py"), default_timeout=60)
    found = []
    for event_id in list(choices.events(published(settings)))[:ROUNDS]:
        app.query_params["event"] = event_id
        for _, page in PAGES.values():
            app.switch_page(f"app_pages/{page}.py")
            started = time.perf_counter()
            app.run()
            found.append(time.perf_counter() - started)
            assert not app.exception
    return found


def published(settings: DashboardSettings) -> Published:
    """The generation that is published now."""
    storage = storage_of(settings.warehouse)
    generation = storage.generation()
    assert generation
    return Published(storage, generation)


def report_times(settings: DashboardSettings) -> list[float]:
    """Seconds for a sponsor's report as PDF with target accounts, of another event each time; nothing is cached.

    No simulated session has a sponsor, so this is about all of them: the largest that there can be. The first report,
    which starts Vega, is left out: the dashboard has drawn charts before.
    """
    view = View(published(settings), Filters(), settings)
    found = []
    for event_id in list(choices.events(view.published))[: ROUNDS + 1]:
        sponsor_id = next(iter(choices.sponsors(view.published, event_id)))
        accounts = tuple(choices.of_event(view.published, event_id)["company"])
        st.cache_data.clear()
        started = time.perf_counter()
        of_event = view._replace(filters=Filters(event_ids=(event_id,)))
        files.handed_out(of_event, Kind.SPONSOR, sponsor_id, "pdf", accounts)
        found.append(time.perf_counter() - started)
    return found[1:]


def report_in_the_shell(data_dir: Path) -> float:
    """Seconds of `dashboard report` for the latest event as PDF, the quickest of some."""
    with duckdb.connect(data_dir / "warehouse.duckdb", read_only=True) as connection:
        found = connection.sql("SELECT event_id FROM session_engagement ORDER BY starts_at DESC LIMIT 1").fetchone()
    assert found
    command = [Path(sys.executable).with_name("dashboard"), "report", "--event", found[0], "--format", "pdf"]
    seconds = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        subprocess.run([*command, "--out", data_dir / "reports"], check=True, stdout=subprocess.DEVNULL)
        seconds.append(time.perf_counter() - started)
    return min(seconds)


def p95(values: list[float]) -> float:
    """The 95th percentile."""
    return statistics.quantiles(values, n=20, method="inclusive")[-1]


@click.command()
@click.option(
    "--deliveries", default=1_000_000, show_default=True, help="How many deliveries the warehouse is made of."
)
@click.option("--data-dir", type=click.Path(path_type=Path), help="Keep the warehouse here; use it when it is there.")
@click.option("--port", default=8790, show_default=True, help="This one and the next are used.")
def main(deliveries: int, data_dir: Path | None, port: int) -> None:
    """Measure, and print each figure beside its bar."""
    directory = (data_dir or Path(tempfile.mkdtemp(prefix="bench-dashboard-"))).resolve()
    directory.mkdir(parents=True, exist_ok=True)
    make_warehouse(directory, deliveries)
    os.environ |= {"DATA_DIR": str(directory), "DASHBOARD_OPEN": "1"}  # AppTest is no browser on this machine
    os.chdir(ROOT / "dashboard")  # Streamlit reads the dashboard's own settings here, for AppTest as for `serve`
    hello_script = directory / "hello.py"
    hello_script.write_text(HELLO, encoding="utf-8")

    with sync_playwright() as playwright, serving(port, str(hello_script)), serving(port + 1, "dashboard") as dashboard:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        hello = first_pages(browser, f"http://localhost:{port}", "Hello")
        first = first_pages(browser, f"http://localhost:{port + 1}", "Overview")
        visitors = [browser.new_page(viewport={"width": 1440, "height": 900}) for _ in range(PEOPLE)]
        for visitor in visitors:
            visitor.goto(f"http://localhost:{port + 1}")
            for title in PAGES:
                go_to(visitor, title) if title != "Overview" else wait_until_drawn(visitor, title)
        switches = [go_to(visitors[0], title) for _ in range(ROUNDS) for title in PAGES]
        changes = []
        minutes = iter(range(1, 100))
        for visitor, title in zip(visitors, FILTERED, strict=True):
            go_to(visitor, title)
            open_filters(visitor)
            changes += [change_minutes(visitor, title, next(minutes)) for _ in range(ROUNDS)]
        memory = resident_bytes(dashboard) / MEGABYTE
        browser.close()
    settings = DashboardSettings(WarehouseSettings(data_dir=directory))
    served = server_times(settings)
    reports = report_times(settings)
    in_the_shell = report_in_the_shell(directory)

    hello_seconds = statistics.median(hello)
    slack = 1 if deliveries <= DELIVERIES_OF_THE_BARS else 2
    table = Table("what", "measured", "bar", "", title=f"Dashboard, {deliveries:,} deliveries")
    table.add_row("hello page, median", f"{hello_seconds:.2f} s", "", "")
    table.add_row("dashboard report --format pdf, from start to end", f"{in_the_shell:.2f} s", "", "")
    for what, measured, bar, unit in (
        ("first page of the dashboard, median", statistics.median(first) / hello_seconds, 2.5 * slack, "x hello"),
        ("page switch, warm, p95", p95(switches), 1.0 * slack, "s"),
        ("filter change, p95", p95(changes), 0.8 * slack, "s"),
        ("server time per interaction, p95", p95(served), 0.3 * slack, "s"),
        ("a sponsor's report as PDF, p95", p95(reports), 2.0 * slack, "s"),
        (f"memory with {PEOPLE} people", memory, 600, "MB"),
    ):
        table.add_row(what, f"{measured:,.2f} {unit}", f"{bar:,.2f} {unit}", "met" if measured <= bar else "missed")
    Console().print(table)
    if data_dir is None:
        shutil.rmtree(directory)


if __name__ == "__main__":
    main()
