"""Why a delivery was refused is kept with it: `ingest diagnose` says another thing for each reason."""

from contextlib import closing
from pathlib import Path

import pytest

from ingest.commit.group_commit import GroupCommit
from ingest.metrics import Metrics
from ingest.receive.app import create_app
from ingest.settings import ReceiverSettings
from ingest.signature import HEADER, sign
from tests.ingest.receiver import BODY, SECRET, URL, client_of
from warehouse.inbox.sqlite_queue import Inbox


@pytest.mark.parametrize(
    ("secret", "token", "reason"),
    [(SECRET, "wrong", "bad_auth_header"), ("wrong", "right", "bad_signature")],
    ids=["static header", "signature"],
)
async def test_the_reason_of_a_refusal_is_set_aside_with_it(
    secret: str, token: str, reason: str, env: dict[str, str], commit: GroupCommit, tmp_path: Path
) -> None:
    settings = ReceiverSettings.from_env({**env, "ZUDDL_AUTH_HEADER": "X-Webhook-Token: right"})
    async with client_of(create_app(settings, commit, Metrics())) as client:
        await client.post(URL, content=BODY, headers={HEADER: sign(secret, BODY), "X-Webhook-Token": token})
    await commit.close()
    with closing(Inbox(tmp_path / "inbox.sqlite")) as inbox:
        latest = inbox.set_aside.latest()
    assert latest
    assert (latest.body, latest.reason) == (BODY, reason)
