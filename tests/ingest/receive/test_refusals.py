"""Refusals in the log: each has an id, none shows what was sent, and their number is bounded."""

import pytest
from httpx import AsyncClient

from ingest.metrics import Metrics
from ingest.receive.refusals import Refusals
from ingest.signature import HEADER
from tests.ingest.receiver import URL

LOGGER = "ingest.receive.refusals"


async def test_a_refusals_request_id_stands_in_the_log_and_nothing_of_the_body_does(
    client: AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    answer = await client.post(URL, content=b"ann@example.org", headers={HEADER: "sha256=secret-looking"})
    [record] = [record for record in caplog.records if record.name == LOGGER]
    assert record.__dict__["request_id"] == answer.headers["x-request-id"]
    assert "ann@example.org" not in str(record.__dict__)
    assert "secret-looking" not in str(record.__dict__)


def test_refusals_of_a_minute_are_logged_up_to_a_bound_and_each_has_an_id(caplog: pytest.LogCaptureFixture) -> None:
    """One more line says that the others are only counted."""
    refusals = Refusals(Metrics(), max_logged_a_minute=3, now=lambda: 1.0)
    ids = {refusals.note("too_large") for _ in range(10)}
    assert len(ids) == 10
    assert [record.name for record in caplog.records] == [LOGGER] * 4


def test_the_next_minute_has_its_own_bound(caplog: pytest.LogCaptureFixture) -> None:
    seconds = iter([1.0, 2.0, 61.0])
    refusals = Refusals(Metrics(), max_logged_a_minute=1, now=lambda: next(seconds))
    for _ in range(3):
        refusals.note("too_large")
    messages = [record.getMessage() for record in caplog.records]
    assert messages == [
        "refused a delivery",
        "further refusals of this minute are counted in /metrics, not logged",
        "refused a delivery",
    ]
