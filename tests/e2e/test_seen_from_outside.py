"""What an operator sees from outside: /metrics, the health checks, the log."""

import json
import re
import sqlite3
import urllib.error
import urllib.request
from contextlib import closing
from pathlib import Path

import pytest

from ingest.signature import HEADER, sign
from tests.e2e.machine import ROOT, SECRET, Machine, eventually

pytestmark = pytest.mark.e2e

ALERTS = re.findall(r"expr: (.+)", (ROOT / "ingest" / "README.md").read_text("utf-8"))
BODY = b'{"action": "LOGIN", "email": "ann@example.org"}'


def post(machine: Machine, body: bytes, secret: str) -> tuple[int, str]:
    """Status, and the request id that the answer carries."""
    request = urllib.request.Request(
        f"{machine.url}/webhooks/zuddl", data=body, headers={HEADER: sign(secret, body)}, method="POST"
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, ""
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code, str(refusal.headers["X-Request-Id"])


def metrics(machine: Machine) -> dict[str, float]:
    """Each series with its value."""
    lines = [line for line in machine.read("/metrics").splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


def test_metrics_tell_what_was_received_what_waits_and_how_the_loader_does(machine: Machine) -> None:
    machine.serve()
    assert post(machine, BODY, SECRET)[0] == 200
    assert post(machine, BODY, "mistyped")[0] == 401
    eventually(lambda: machine.query("SELECT count(*) FROM raw.deliveries"), lambda rows: rows == ["1"])
    seen = eventually(
        lambda: metrics(machine),
        lambda now: now["ingest_inbox_backlog_deliveries"] == 0 and now["ingest_set_aside_deliveries"] == 1,
    )
    expected = {
        'ingest_deliveries_total{outcome="stored"}': 1,
        'ingest_deliveries_total{outcome="bad_signature"}': 1,
        'ingest_deliveries_total{outcome="busy"}': 0,
        "ingest_commit_seconds_count": 1,
        "ingest_commit_deliveries_sum": 1,
        "ingest_queue_deliveries": 0,
        "ingest_inbox_backlog_age_seconds": 0,
        "ingest_set_aside_bytes": len(BODY),
        "ingest_set_aside_dropped_total": 0,
    }
    assert {name: seen[name] for name in expected} == expected
    for name in ("ingest_disk_free_bytes", "loader_last_success_timestamp_seconds", "loader_last_duration_seconds"):
        assert seen[name] > 0


def test_every_alert_of_the_readme_asks_for_a_series_that_exists(machine: Machine) -> None:
    machine.serve()
    known = metrics(machine)
    for rule in ALERTS:
        [name] = re.findall(r"\b(?:up|(?:ingest|loader|backup|background)_\w+)\b", rule.replace('"ingest"', ""))
        assert name == "up" or any(series.partition("{")[0] == name for series in known)
        for values in re.findall(r'outcome=~?"([^"]+)"', rule):
            for outcome in values.split("|"):
                assert any(series.startswith(f'{name}{{outcome="{outcome}"') for series in known)


def test_ready_fails_with_its_reason_while_no_write_is_possible_and_live_does_not(machine: Machine) -> None:
    """Another process holds the inbox for longer than the receiver waits for it."""
    machine.serve()
    with closing(sqlite3.connect(machine.data_dir / "inbox.sqlite", isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        assert machine.answers("/health/live")
        request = urllib.request.Request(f"{machine.url}/health/ready")
        with pytest.raises(urllib.error.HTTPError, match="503") as refused:
            urllib.request.urlopen(request, timeout=60)
        with refused.value:
            assert "the inbox can't be written" in refused.value.read().decode()
        holder.execute("ROLLBACK")
    assert machine.answers("/health/ready")


def test_the_log_is_json_with_request_ids_and_without_bodies_mails_or_secrets(machine: Machine, tmp_path: Path) -> None:
    token = "t0ken-of-the-header"
    machine.more_env = {"ZUDDL_AUTH_HEADER": f"X-Webhook-Token: {token}"}
    machine.serve()
    status, request_id = post(machine, BODY, SECRET)
    assert status == 401
    file = tmp_path / "one.ndjson"
    file.write_bytes(BODY + b"\n" + b"no json, of bob@example.org\n")
    assert machine.run("ingest", "send", str(file)).returncode == 0
    eventually(lambda: machine.query("SELECT sum(delivery_count)::INT FROM raw.loads"), lambda rows: rows == ["2"])
    lines = machine.log("ingest")
    assert request_id in [json.loads(line).get("request_id") for line in lines]
    assert any("published" in line for line in lines)
    for private in ("@example.org", SECRET, token, sign(SECRET, BODY)):
        assert private not in "".join(lines)
