"""Every configuration that a document prints runs as printed, in the real program, before the real product."""

import asyncio
import http.client
import json
import ssl
import subprocess
import tomllib
import urllib.error
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import aiohttp
import pytest

from ingest.receive.limits import Limits
from ingest.signature import HEADER, sign
from tests.e2e import proxy
from tests.e2e.machine import ROOT, SECRET, Machine, eventually, free_port
from tests.e2e.proxy import Proxy, printed, the_only
from tests.ingest.receiver import serving
from tests.programs import program

pytestmark = pytest.mark.e2e

DEPLOY = ROOT / "ingest" / "deploy"
INGEST, DASHBOARD = ROOT / "ingest" / "README.md", ROOT / "dashboard" / "README.md"
# Each language, and where its blocks are run. What has no language is a drawing.
RUN_BY = {
    "": "nobody",
    "sh": "test_readme",
    "sql": "test_readme",
    "caddyfile": "here",
    "nginx": "here",
    "toml": "here",
}
PROXIES = {"caddyfile": proxy.caddy, "nginx": proxy.nginx}
BODY = b'{"action":"X"}'
SIGNED = {HEADER: sign(SECRET, BODY)}


@contextmanager
def in_front(language: str, document: Path, target: int, folder: Path) -> Iterator[Proxy]:
    """The proxy that a document prints, or that `ingest install` sets up, in front of a port."""
    is_installed = (language, document) == ("caddyfile", INGEST)
    text = (DEPLOY / "Caddyfile").read_text("utf-8") if is_installed else the_only(language, document)
    with PROXIES[language](text, target, folder) as running:
        yield running


@pytest.fixture(params=PROXIES)
def proxied(request: pytest.FixtureRequest, machine: Machine, tmp_path: Path) -> Iterator[Proxy]:
    """A proxy in front of a receiver."""
    machine.serve()
    with in_front(request.param, INGEST, machine.port, tmp_path) as running:
        yield running


def test_every_block_of_a_document_has_a_language_that_a_test_runs() -> None:
    assert {block.language for block in printed()} <= set(RUN_BY)
    drawings = [block.text for block in printed() if not block.language]
    assert not [text for text in drawings if "{" in text]


def test_a_proxy_passes_on_the_webhooks_path_with_and_without_a_slash(proxied: Proxy, machine: Machine) -> None:
    for path in ("/webhooks/zuddl", "/webhooks/zuddl/"):
        assert proxied.ask("POST", path, BODY, SIGNED)[::2] == (200, b'{"status":"stored"}')
    assert 'ingest_deliveries_total{outcome="stored"} 2.0' in machine.read("/metrics")


def test_a_proxy_answers_404_to_everything_else(proxied: Proxy) -> None:
    paths = ["/", "/webhooks", "/webhooks/zuddl//", "/webhooks/zuddl/x", "/webhooks/zuddlx", "/x/webhooks/zuddl"]
    private = ["/health/live", "/health/ready", "/metrics", "/schema", "/webhooks/zuddl/../../metrics"]
    statuses = {(m, path): proxied.ask(m, path).status for path in paths + private for m in ("GET", "POST", "HEAD")}
    assert Counter(statuses.values()) == {404: len(statuses)}


def test_a_sender_behind_a_proxy_sees_413_for_a_body_that_is_too_large(proxied: Proxy, machine: Machine) -> None:
    """Never a 502. Caddy itself may hang up on a sender that is still sending when Caddy has answered."""
    statuses = Counter(status_or_reset(proxied, b"x" * 3_000_000) for _ in range(30))
    assert set(statuses) <= {413, None}
    assert statuses[413] >= 20
    assert 'ingest_deliveries_total{outcome="too_large"} 30.0' in machine.read("/metrics")


def status_or_reset(proxied: Proxy, body: bytes) -> int | None:
    """The status that a sender of the body sees, None for a connection that is reset."""
    try:
        return proxied.ask("POST", "/webhooks/zuddl", body).status
    except (urllib.error.URLError, ConnectionError):
        return None


def test_a_sender_behind_a_proxy_sees_415_and_401(proxied: Proxy) -> None:
    body = b"x" * 900_000
    assert {proxied.ask("POST", "/webhooks/zuddl", body).status for _ in range(10)} == {401}
    assert {proxied.ask("POST", "/webhooks/zuddl", body, {"Content-Encoding": "br"}).status for _ in range(10)} == {415}


async def test_no_delivery_behind_nginx_meets_a_connection_that_the_receiver_closes(tmp_path: Path) -> None:
    """Bursts come just when a connection's time is over, at nginx or at the receiver. Both times are shortened."""
    text = the_only("nginx", INGEST).replace("keepalive 64;", "keepalive 64; keepalive_timeout 400ms;")

    async def send() -> int:
        async with session.post(f"{running.url}/webhooks/zuddl", data=BODY, ssl=False) as answer:
            return answer.status

    statuses: Counter[int] = Counter()
    connector = aiohttp.TCPConnector(limit=0)
    async with (
        serving(Limits(max_seconds_idle=0.9)) as (_, port),
        aiohttp.ClientSession(connector=connector) as session,
    ):
        with proxy.nginx(text, port, tmp_path) as running:
            for seconds in [0.38, 0.39, 0.4, 0.41, 0.42, 0.88, 0.89, 0.9, 0.91, 0.92]:
                statuses.update(await asyncio.gather(*(send() for _ in range(50))))
                await asyncio.sleep(seconds)
    assert statuses == {200: 500}


# For an alert, its series and what it has from minute to minute: when it rings, and when it does not.
ALERTS: dict[str, tuple[str, dict[str, str], str, str]] = {
    "ReceiverDown": ("up", {"job": "ingest"}, "1 0 0 0", "1 1 1 1"),
    "DeliveriesNotStored": ("ingest_deliveries_total", {"outcome": "not_stored"}, "0 0 1 1", "3 3 3 3"),
    "SignaturesFail": ("ingest_deliveries_total", {"outcome": "bad_signature"}, "0 40 80 120", "0 1 2 3"),
    "DeliveriesMissThePath": ("ingest_deliveries_total", {"outcome": "wrong_path"}, "0 0 1 1", "3 3 3 3"),
    "LoaderBehind": ("ingest_inbox_backlog_age_seconds", {}, "0 100 301 301", "0 10 290 290"),
}


def promtool(*arguments: str | Path) -> None:
    """Prometheus' own tool has nothing to complain of."""
    said = subprocess.run([program("promtool", "prometheus"), *arguments], capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stdout + said.stderr


def selector(labels: dict[str, str]) -> str:
    """The labels as Prometheus writes them."""
    return "{" + ",".join(f'{name}="{value}"' for name, value in labels.items()) + "}"


def test_alerts_ring_when_they_should_and_only_then(tmp_path: Path) -> None:
    rules, tests = tmp_path / "rules.yml", tmp_path / "tests.yml"
    rules.write_text((DEPLOY / "alerts.yml").read_text("utf-8"))
    promtool("check", "rules", rules)
    cases = [
        {
            "interval": "1m",
            "input_series": [{"series": name + selector(labels), "values": values}],
            "alert_rule_test": [
                {"eval_time": "3m", "alertname": alert, "exp_alerts": rings * [{"exp_labels": labels}]}
            ],
        }
        for alert, (name, labels, ringing, silent) in ALERTS.items()
        for rings, values in ((1, ringing), (0, silent))
    ]
    # JSON is YAML.
    tests.write_text(json.dumps({"rule_files": [str(rules)], "evaluation_interval": "1m", "tests": cases}))
    promtool("test", "rules", tests)


def test_toml_is_toml() -> None:
    [block] = [block for block in printed() if block.language == "toml"]
    assert set(tomllib.loads(block.text)["auth"]) >= {"redirect_uri", "cookie_secret", "client_id", "client_secret"}


@pytest.mark.parametrize("language", PROXIES)
def test_a_proxy_shows_the_dashboard_in_no_frame_and_without_its_metrics(
    language: str, machine: Machine, tmp_path: Path
) -> None:
    port = free_port()
    machine.start("streamlit", "run", "dashboard", "--server.port", str(port))
    eventually(lambda: machine.answers("/_stcore/health", f"http://127.0.0.1:{port}"))
    with in_front(language, DASHBOARD, port, tmp_path) as running:
        page = running.ask("GET", "/")
        assert (page.status, page.headers["Content-Security-Policy"]) == (200, "frame-ancestors 'none'")
        assert b"<title>" in page.body
        for path in ("/_stcore/metrics", "/_stcore/metrics/", "/_stcore/%6detrics", "//_stcore/metrics"):
            assert running.ask("GET", path).status == 404
        websocket = {
            "Connection": "Upgrade",
            "Upgrade": "websocket",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
            "Host": running.host,
            "Origin": f"https://{running.host}",
        }
        assert handshake(running, "/_stcore/stream", websocket) == 101


def handshake(running: Proxy, path: str, headers: dict[str, str]) -> int:
    """The status that an offer of another protocol gets."""
    scheme, _, address = running.url.partition("://")
    if scheme == "https":
        trusting = ssl._create_unverified_context()  # noqa: S323, SLF001 -- the certificate is made for the test
        connection: http.client.HTTPConnection = http.client.HTTPSConnection(address, timeout=60, context=trusting)
    else:
        connection = http.client.HTTPConnection(address, timeout=60)
    connection.request("GET", path, headers=headers)
    status = connection.getresponse().status
    connection.close()
    return status
