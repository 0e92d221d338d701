"""Old versions of objects: a bucket that keeps them keeps an erased person, too."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from click.testing import CliRunner, Result

from tests.kinds import Action
from tests.loading import load_waiting
from tests.objects import BUCKET, client
from tests.postgres import empty_database
from tests.storages import environment
from warehouse.cli import main
from warehouse.inbox.sqlite_queue import Inbox
from warehouse.settings import LakeSettings, WarehouseSettings
from warehouse.storage import storage_of
from warehouse.storage.lake.access import Access
from warehouse.storage.lake.bucket import NotSeen, headers
from warehouse.storage.lake.old_versions import Versions, versions_of


@pytest.fixture
def lake(s3_env: dict[str, str], tmp_path: Path) -> WarehouseSettings:
    return WarehouseSettings(tmp_path, lake=LakeSettings(empty_database(), s3_env["WAREHOUSE_DATA"]))


def set_versioning(s3_env: dict[str, str], status: str) -> None:
    client(s3_env).put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": status})


def erase(lake: WarehouseSettings, *options: str) -> Result:
    return CliRunner(env=environment(lake)).invoke(main, ["erase", "--registration-id", "ann", *options])


def test_versions_are_counted_below_the_lakes_prefix_alone_on_all_pages(
    s3_env: dict[str, str], lake: WarehouseSettings
) -> None:
    assert lake.lake
    assert versions_of(lake.lake) == Versions("", 0)
    set_versioning(s3_env, "Enabled")
    s3 = client(s3_env)
    for key in ("warehouse/a", "warehouse/a", "warehouse/b c+d", "warehouse/b c+d", "elsewhere/a", "elsewhere/a"):
        s3.put_object(Bucket=BUCKET, Key=key, Body=b"")
    s3.delete_object(Bucket=BUCKET, Key="warehouse/a")
    assert versions_of(lake.lake, page_size=1) == Versions("Enabled", 3)
    set_versioning(s3_env, "Suspended")
    assert versions_of(lake.lake) == Versions("Suspended", 3)


def test_a_folder_has_no_versions(tmp_path: Path) -> None:
    assert versions_of(LakeSettings("", f"{tmp_path}/")) == Versions("", 0)


@pytest.mark.parametrize("status", ["Enabled", "Suspended"])
def test_an_erasure_fails_where_the_bucket_has_old_versions(
    s3_env: dict[str, str], inbox: Inbox, lake: WarehouseSettings, action: Action, status: str
) -> None:
    set_versioning(s3_env, "Enabled")
    inbox.append([(0, json.dumps(action(name)).encode()) for name in ("ann", "bob")])
    load_waiting(inbox, lake)
    set_versioning(s3_env, status)
    run = erase(lake, "--json")
    receipt = json.loads(run.stdout)
    assert (run.exit_code, receipt["delivery_count"]) == (1, 1)
    assert receipt["old_version_count"] > 0
    assert f"{receipt['old_version_count']} old versions of objects are in s3://lake/warehouse/" in run.stderr
    again = erase(lake)
    assert (again.exit_code, "old versions of objects are in s3://lake/warehouse/" in again.stderr) == (1, True)
    if status == "Enabled":  # moto fails to delete versions afterwards
        s3 = client(s3_env)
        for one in s3.list_object_versions(Bucket=BUCKET)["Versions"]:
            if not one["IsLatest"]:
                s3.delete_object(Bucket=BUCKET, Key=one["Key"], VersionId=one["VersionId"])
        assert "old versions" not in erase(lake).stderr


def test_it_is_said_when_nobody_could_look_for_old_versions(
    lake: WarehouseSettings, monkeypatch: pytest.MonkeyPatch, s3_env: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    assert lake.lake
    client(s3_env).delete_bucket(Bucket=BUCKET)
    with pytest.raises(NotSeen, match=r"^s3://lake/warehouse/ can't be looked at: NoSuchBucket \(404\)"):
        versions_of(lake.lake)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    with pytest.raises(NotSeen, match=r"^s3://lake/warehouse/ can't be looked at: .*refused"):
        versions_of(lake.lake)
    assert storage_of(lake).old_version_count() is None
    assert "could not see whether the bucket keeps old versions" in caplog.text


@pytest.mark.parametrize("token", ["", "a/token+with=signs"])
def test_a_request_is_signed_as_amazons_own_client_signs_it(token: str) -> None:
    access = Access("key", "secret", token, "eu-central-1", "https://s3.example.org:9000")
    url = "https://s3.example.org:9000/lake?key-marker=b%20c%2Bd&prefix=warehouse%2F&versions="
    mine = headers(access, url, datetime.now(UTC))
    request = AWSRequest("GET", url)
    S3SigV4Auth(Credentials("key", "secret", token or None), "s3", "eu-central-1").add_auth(request)
    if request.headers["X-Amz-Date"] == mine["X-Amz-Date"]:  # else a second has passed between the two
        assert request.headers["Authorization"] == mine["Authorization"]
    assert mine.get("X-Amz-Security-Token", "") == token
