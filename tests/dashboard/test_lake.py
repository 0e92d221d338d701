"""The dashboard on a lake whose parts are away: one sentence on the page, one line in the log."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.e2e.machine import free_port
from tests.lake import lake_of_its_own
from tests.loading import load_waiting
from tests.storages import environment
from warehouse.inbox.sqlite_queue import Inbox
from warehouse.settings import LAKE, LakeSettings, WarehouseSettings

BODY = b'{"action": "TIME_SPENT_IN_SESSION", "actionId": "1", "eventId": "one", "registrationId": "ann"}'


@pytest.fixture
def lake(data_dir: Path, s3_env: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[WarehouseSettings]:
    """A lake on S3 with one delivery, which the dashboard finds in its environment."""
    with lake_of_its_own() as made:
        settings = WarehouseSettings(data_dir, lake=LakeSettings(made.catalog, s3_env["WAREHOUSE_DATA"]))
        for name, value in environment(settings).items():
            monkeypatch.setenv(name, value)
        inbox = Inbox(settings.inbox_path, create=True)
        inbox.append([(1_760_000_000_000_000, BODY)])
        load_waiting(inbox, settings)
        inbox.close()
        yield settings


def shown_and_logged(app: AppTest, caplog: pytest.LogCaptureFixture) -> tuple[list[str], list[str]]:
    """The page's errors, and the log's. None has a stack trace."""
    caplog.clear()
    app.run()
    assert not app.exception
    logged = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert not [record for record in logged if record.exc_info]
    return [error.value for error in app.error], [record.getMessage() for record in logged]


@pytest.mark.usefixtures("lake")
def test_an_object_storage_that_is_away_is_one_sentence_and_one_line(
    app: AppTest, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{free_port()}")

    shown, logged = shown_and_logged(app, caplog)

    assert shown == ["The lake's objects can't be read; the log says why. This page tries again by itself."]
    assert len(logged) == 1
    assert logged[0].startswith("s3://lake/warehouse/: nobody answers")
    assert logged[0].endswith("look at AWS_ENDPOINT_URL and the network")


def test_a_catalog_that_is_away_is_one_sentence_and_one_line(
    lake: WarehouseSettings, app: AppTest, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    assert lake.lake
    monkeypatch.setenv("WAREHOUSE", f"{LAKE}{lake.lake.catalog} port={free_port()}")

    shown, logged = shown_and_logged(app, caplog)

    assert shown == ["The lake can't be reached; the log says why. This page tries again by itself."]
    assert len(logged) == 1
    assert "Connection refused" in logged[0]
