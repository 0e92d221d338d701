"""Everything but the webhook: health, the schema, and the metrics."""

from importlib.metadata import version
from pathlib import Path

from httpx import AsyncClient

from ingest.commit.group_commit import GroupCommit
from ingest.metrics import Metrics
from ingest.receive.app import create_app
from ingest.settings import ReceiverSettings
from ingest.signature import HEADER, sign
from tests.ingest.receiver import BODY, SECRET, URL, client_of


async def test_live(client: AsyncClient) -> None:
    answer = await client.get("/health/live")
    assert (answer.status_code, answer.json()) == (200, {"status": "live"})


async def test_ready_says_which_release_is_ready(client: AsyncClient) -> None:
    answer = await client.get("/health/ready")
    assert (answer.status_code, answer.json()) == (200, {"status": "ready", "version": version("engagement-warehouse")})


async def test_ready_names_a_damaged_inbox_that_was_kept_aside(client: AsyncClient, tmp_path: Path) -> None:
    (tmp_path / "inbox.damaged-1.sqlite").touch()
    answer = await client.get("/health/ready")
    assert (answer.status_code, answer.json()["damaged"]) == (200, "inbox.damaged-1.sqlite")


async def test_the_schema_describes_the_webhooks_request_and_answers(client: AsyncClient) -> None:
    operation = (await client.get("/schema/openapi.json")).json()["paths"][URL]["post"]
    assert operation["parameters"][0]["name"] == HEADER
    assert sorted(operation["responses"]) == ["200", "401", "408", "413", "415", "503"]


async def test_metrics_count_deliveries_by_outcome_and_say_what_waits(env: dict[str, str], tmp_path: Path) -> None:
    metrics, settings = Metrics(), ReceiverSettings.from_env(env)
    commit = GroupCommit(tmp_path / "inbox.sqlite", metrics, 100_000)
    metrics.watch(settings.warehouse, lambda: commit.queue_depth)
    async with client_of(create_app(settings, commit, metrics)) as client:
        await client.post(URL, content=BODY, headers={HEADER: sign(SECRET, BODY)})
        await client.post(URL, content=BODY, headers={HEADER: "sha256=00"})
        text = (await client.get("/metrics")).text
    await commit.close()
    for line in (
        'ingest_deliveries_total{outcome="stored"} 1.0',
        'ingest_deliveries_total{outcome="bad_signature"} 1.0',
        "ingest_commit_deliveries_count 1.0",
        "ingest_queue_deliveries 0.0",
        "ingest_inbox_backlog_deliveries 1.0",
        "ingest_disk_free_bytes",
    ):
        assert line in text
