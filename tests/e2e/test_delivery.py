"""The way of a delivery through real processes: posted over HTTP, loaded, queried, seen in a browser."""

import asyncio
import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import aiohttp
import pytest
from playwright.sync_api import Browser, expect

from ingest.signature import HEADER, sign
from ingest.simulate import conference, organisation
from tests.e2e.machine import BIN, PATIENCE_SECONDS, SECRET, Machine, eventually, free_port

pytestmark = pytest.mark.e2e

SAMPLES = Path(__file__).parents[1] / "payloads"
SMALL = ("--attendees", "60", "--sessions", "8", "--events", "1")


def test_every_sample_that_is_sent_is_in_the_right_table_while_the_receiver_runs(machine: Machine) -> None:
    machine.serve()
    for sample in sorted(SAMPLES.glob("*.json")):
        sent = machine.run("ingest", "send", str(sample))
        assert sent.returncode == 0, sent.stderr
    eventually(lambda: machine.query("SELECT count(*) FROM raw.deliveries"), lambda rows: rows == ["6"])
    assert machine.query("SELECT minutes_spent FROM time_spent ORDER BY 1") == ["7.0", "12.0", "38.0", "123.0"]
    assert machine.query("SELECT count(*) FROM raw.quarantine") == ["0"]


@pytest.mark.parametrize(
    ("options", "expected_count"),
    [((), organisation.expected_count), (("--only-time-spent",), conference.expected_count)],
)
def test_the_simulation_posts_all_actions_or_only_time_spent(
    options: tuple[str, ...], expected_count: Callable[..., int], machine: Machine
) -> None:
    machine.serve()
    burst = machine.run("ingest", "simulate", *SMALL, *options)
    assert burst.returncode == 0, burst.stderr
    assert f"accepted  {expected_count(attendees=60, sessions=8, events=1, seed=1):,}," in burst.stdout


def test_what_cannot_be_used_is_accepted_and_quarantined(machine: Machine, tmp_path: Path) -> None:
    file = tmp_path / "bad.ndjson"
    file.write_bytes(b'{"action": "TIME_SPENT_IN_SESSION"}\nno json\n[1]\n')
    machine.serve()
    assert machine.run("ingest", "send", str(file)).returncode == 0
    reasons = ["missing_field", "not_json", "not_object"]
    eventually(lambda: machine.query("SELECT reason FROM raw.quarantine ORDER BY 1"), lambda rows: rows == reasons)


def test_a_prompt_left_open_refuses_no_delivery_and_a_new_one_sees_the_rows(machine: Machine) -> None:
    machine.serve()
    eventually(machine.warehouse.exists)
    prompt = subprocess.Popen(
        [BIN / "duckdb", "-readonly", "-csv", "-noheader", machine.warehouse],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert prompt.stdin
    prompt.stdin.write("SELECT count(*) FROM time_spent;\n")
    prompt.stdin.flush()
    burst = machine.run("ingest", "simulate", *SMALL)
    assert burst.returncode == 0, burst.stderr + burst.stdout
    eventually(lambda: machine.query("SELECT count(*) > 100 FROM time_spent"), lambda rows: rows == ["true"])
    answer, _ = prompt.communicate("SELECT count(*) FROM time_spent;\n", timeout=30)
    assert answer.split() == ["0", "0"]


def test_after_kill_9_of_everything_each_acknowledged_delivery_is_there_once(machine: Machine) -> None:
    """Deliveries with a known id each; those answered 200 before the kill must be in time_spent, once."""

    def body(number: int) -> bytes:
        return json.dumps(
            {
                "action": "TIME_SPENT_IN_SESSION",
                "actionId": f"action-{number}",
                "registration": {"id": f"attendee-{number}"},
                "event": {"id": "conf"},
                "session": {"id": "talk"},
                "timeSpentInMinutes": 1,
            }
        ).encode()

    acknowledged: list[int] = []

    async def post_until_killed() -> None:
        numbers = iter(range(1_000_000))

        async def client(session: aiohttp.ClientSession) -> None:
            for number in numbers:
                content = body(number)
                async with session.post(
                    f"{machine.url}/webhooks/zuddl", data=content, headers={HEADER: sign(SECRET, content)}
                ) as answer:
                    if answer.status == 200:
                        acknowledged.append(number)

        async with aiohttp.ClientSession() as session:
            clients = [asyncio.create_task(client(session)) for _ in range(8)]
            async with asyncio.timeout(PATIENCE_SECONDS):
                while len(acknowledged) <= 1000:  # noqa: ASYNC110 -- the clients only append
                    await asyncio.sleep(0.01)
            await asyncio.to_thread(machine.kill_all)
            await asyncio.gather(*clients, return_exceptions=True)

    machine.serve()
    asyncio.run(post_until_killed())
    machine.serve()
    expected = sorted(f"attendee-{number}" for number in acknowledged)
    query = "SELECT registration_id FROM time_spent ORDER BY 1"
    eventually(lambda: set(expected) <= set(machine.query(query)), bool)
    stored = machine.query(query)
    assert len(stored) == len(set(stored))


def test_the_dashboard_shows_in_a_browser_what_sql_says(machine: Machine, browser: Browser) -> None:
    port = free_port()
    address = f"http://localhost:{port}"
    machine.serve()
    machine.start("streamlit", "run", "dashboard", "--server.port", str(port))
    eventually(lambda: machine.answers("/_stcore/health", address))
    page = browser.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))

    page.goto(address)
    expect(page.get_by_text("make demo").first).to_be_visible(timeout=30_000)

    burst = machine.run("ingest", "simulate", *SMALL)
    assert burst.returncode == 0, burst.stderr + burst.stdout
    [sent] = re.findall(r"^sent +([\d,]+) ", burst.stdout, re.MULTILINE)
    loaded = "SELECT sum(delivery_count)::BIGINT FROM raw.loads"
    eventually(lambda: machine.query(loaded), lambda rows: rows == [sent.replace(",", "")])

    [attendees, sessions] = (
        machine.query(
            "SELECT format('{:,}', attendee_count), format('{:,}', session_count) FROM event_engagement "
            "ORDER BY (SELECT max(starts_at) FROM sessions WHERE event_id = event_engagement.event_id) DESC LIMIT 1"
        )[0]
        .replace('"', "")
        .split(",")
    )
    expect(page.get_by_test_id("stMetricValue").get_by_text(attendees, exact=True)).to_be_visible(timeout=30_000)
    expect(page.get_by_text(f"{sessions} sessions in")).to_be_visible()
    assert errors == []
