"""`ingest doctor` on a healthy machine, and on machines that are broken on purpose, with real proxies."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ingest.doctor.public import largest_body, path
from ingest.verdicts import Verdict
from tests.e2e import proxy
from tests.e2e.caddy_with_tls import caddy_with_tls
from tests.e2e.machine import ROOT, Machine, eventually, free_port
from tests.kinds import Sample

pytestmark = pytest.mark.e2e

NGINX = proxy.the_only("nginx", ROOT / "ingest" / "README.md")


@contextmanager
def nginx(text: str, target: int, folder: Path) -> Iterator[str]:
    """The webhook's address at an nginx with this configuration, which also listens without TLS."""
    port = free_port()
    text = text.replace("listen 443 ssl;", f"listen 443 ssl; listen 127.0.0.1:{port};")
    with proxy.nginx(text, target, folder):
        yield f"http://127.0.0.1:{port}/webhooks/zuddl"


def verdicts(machine: Machine, *options: str) -> dict[str, tuple[str, str, str]]:
    """Verdict, finding and cure of each check."""
    said = machine.run("ingest", "doctor", "--json", *options)
    findings = json.loads(said.stdout)
    assert said.returncode == int(any(finding["verdict"] == "FAIL" for finding in findings))
    return {finding["check"]: (finding["verdict"], finding["found"], finding["cure"]) for finding in findings}


def test_a_healthy_machine_behind_caddy_is_ok_in_each_check(machine: Machine, sample: Sample, tmp_path: Path) -> None:
    machine.data_dir.chmod(0o750)
    machine.directory = tmp_path
    machine.serve()
    (tmp_path / "one.ndjson").write_bytes(sample("time_spent_full"))
    assert machine.run("ingest", "send", str(tmp_path / "one.ndjson")).returncode == 0
    eventually(lambda: machine.query("SELECT count(*) FROM time_spent") == ["1"])
    assert machine.run("warehouse", "backup", str(tmp_path / "backup")).returncode == 0
    with caddy_with_tls(machine.port, tmp_path) as public:
        machine.more_env = {"SSL_CERT_FILE": str(public.authority)}
        files = sorted(machine.data_dir.iterdir())
        found = verdicts(machine, "--url", public.url, "--expect", "1000", "--backup", str(tmp_path / "backup"))
    judged_by_the_machine = {"file system", "fsync", "room", "memory"}
    assert {name: finding for name, finding in found.items() if finding[0] != "ok"}.keys() <= judged_by_the_machine
    assert len(found) == 24
    assert 'ingest_deliveries_total{outcome="stored"} 1.0' in machine.read("/metrics")
    assert "ingest_set_aside_deliveries 0.0" in machine.read("/metrics")
    assert sorted(machine.data_dir.iterdir()) == files


def test_a_broken_machine_fails_with_a_cure_for_each_fault(machine: Machine, tmp_path: Path) -> None:
    machine.data_dir.chmod(0o777)
    machine.directory = tmp_path
    machine.serve().terminate()
    eventually(lambda: not machine.answers("/health/live"))
    file = tmp_path / "secret"
    file.write_text("a-secret-that-is-in-no-line")
    file.chmod(0o644)
    machine.more_env = {"ZUDDL_WEBHOOK_SECRET": "", "ZUDDL_WEBHOOK_SECRET_FILE": str(file)}
    said = machine.run("ingest", "doctor", "--expect", "1000000000000", "--url", machine.url + "/webhooks/zuddl")
    assert said.returncode == 1
    failed = {line[8:30].strip(): line for line in said.stdout.splitlines() if line.startswith("FAIL")}
    assert {"secret", "receiver", "room", "modes", "path", "largest body", "clock"} <= failed.keys()
    assert all(" -> " in line for line in failed.values())
    assert "a-secret-that" not in said.stdout + said.stderr


def test_without_a_data_dir_or_a_secret_it_says_so_and_goes_on(machine: Machine, tmp_path: Path) -> None:
    machine.more_env = {"DATA_DIR": str(tmp_path / "none"), "ZUDDL_WEBHOOK_SECRET": ""}
    found = verdicts(machine)
    assert found["secret and settings"][:2][0] == "FAIL"
    assert found["data"] == ("FAIL", f"there is no {tmp_path / 'none'}", "is DATA_DIR right? `ingest serve` makes it")
    assert "dashboard" in found


def test_an_nginx_as_documented_passes_the_largest_body_and_a_small_limit_fails(
    machine: Machine, tmp_path: Path
) -> None:
    machine.serve()
    with nginx(NGINX, machine.port, tmp_path) as url:
        assert [path(url).verdict, largest_body(url, 1_048_576).verdict] == [Verdict.OK, Verdict.OK]
    small = re.sub(r"client_max_body_size 8m;", "client_max_body_size 100k;", NGINX)
    with nginx(small, machine.port, tmp_path) as url:
        assert path(url).verdict is Verdict.OK
        finding = largest_body(url, 1_048_576)
    assert (finding.verdict, finding.cure) == (
        Verdict.FAIL,
        "raise its limit, such as nginx's client_max_body_size",
    )
    assert "ingest_set_aside_deliveries 0.0" in machine.read("/metrics")


def test_an_nginx_that_answers_get_itself_or_reaches_no_receiver_fails(machine: Machine, tmp_path: Path) -> None:
    machine.serve()
    itself = NGINX.replace(
        "proxy_pass http://receiver;", 'if ($request_method = GET) { return 200 "hello"; } proxy_pass http://receiver;'
    )
    with nginx(itself, machine.port, tmp_path) as url:
        assert "something else answers" in path(url).found
    with nginx(NGINX, free_port(), tmp_path) as url:
        assert "the proxy does not reach the receiver" in path(url).found


def test_a_text_that_is_no_address_is_wrong_use(machine: Machine) -> None:
    said = machine.run("ingest", "doctor", "--url", "events.example.org")
    assert (said.returncode, "is no web address" in said.stderr) == (2, True)


def test_an_address_where_nobody_answers_fails_with_where_to_look(machine: Machine) -> None:
    found = verdicts(machine, "--url", f"https://127.0.0.1:{free_port()}/webhooks/zuddl")
    for check in ("certificate", "clock", "path", "largest body"):
        verdict, said, cure = found[check]
        assert (verdict, "Connection refused" in said, "firewall" in cure or "limit" in cure) == ("FAIL", True, True)


def test_a_wrong_setting_is_a_finding(machine: Machine) -> None:
    machine.more_env = {"REPEAT_POLICY": "first"}
    assert verdicts(machine) == {
        "settings": (
            "FAIL",
            "REPEAT_POLICY must be 'latest' or 'sum', not 'first'",
            "correct it in the environment or in `.env`",
        )
    }


def test_a_wrong_setting_of_one_check_is_its_finding(machine: Machine, tmp_path: Path) -> None:
    machine.directory = tmp_path
    machine.more_env = {"HOST": "[::]", "DASHBOARD_PORT": "none"}
    found = verdicts(machine)
    for check, said in (("receiver", "is no web address"), ("dashboard", "DASHBOARD_PORT must be a whole number")):
        verdict, what, cure = found[check]
        assert (verdict, said in what, cure) == ("FAIL", True, "correct it in the environment or in `.env`")
