"""Checks of a lake, each seen ok and seen to fail."""

import json
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from ingest.doctor import lake as checks
from ingest.doctor.command import look
from ingest.verdicts import Finding, Verdict
from tests.e2e.machine import ROOT, free_port
from tests.kinds import Action
from tests.loading import load_waiting
from tests.objects import BUCKET, ask_for_known_keys, client
from tests.postgres import empty_database
from warehouse.commands.forward import forward_once
from warehouse.inbox.sqlite_queue import Inbox
from warehouse.settings import LakeSettings, WarehouseSettings
from warehouse.storage.lake import lock


@pytest.fixture
def on_s3(s3_env: dict[str, str]) -> tuple[dict[str, str], LakeSettings]:
    return s3_env, LakeSettings(empty_database(), s3_env["WAREHOUSE_DATA"])


def found(settings: WarehouseSettings) -> dict[str, Finding]:
    assert settings.lake
    return {name: look(check) for name, check in checks.checks(settings, settings.lake)}


def test_a_lake_is_ok_in_each_check_before_and_after_its_first_load(
    at_lake: WarehouseSettings, inbox: Inbox, action: Action
) -> None:
    before = found(at_lake)
    not_loaded = {name for name, finding in before.items() if finding.verdict is not Verdict.OK}
    assert not_loaded == {"bucket", "loader"}
    inbox.append([(0, json.dumps(action("ann")).encode())])
    load_waiting(inbox, at_lake)
    after = found(at_lake)
    assert after.keys() == before.keys()
    assert [name for name, finding in after.items() if finding.verdict is not Verdict.OK] == []
    assert "wrote last" in after["loader"].found
    assert after["maintenance"].found.endswith("not maintained yet")


def test_while_postgresql_is_away_it_fails_alone_and_the_cure_is_about_it(
    at_lake: WarehouseSettings, inbox: Inbox
) -> None:
    assert at_lake.lake
    inbox.append([(1, b"{}")])
    away = replace(at_lake, lake=replace(at_lake.lake, catalog=f"host=127.0.0.1 port={free_port()} dbname=none"))
    findings = found(away)
    assert {name for name, finding in findings.items() if finding.verdict is Verdict.FAIL} == {
        "PostgreSQL",
        "forwarding",
    }
    assert findings["PostgreSQL"].cure == checks.LOOK_AT_POSTGRESQL
    assert "\n" not in findings["PostgreSQL"].found
    assert "loader" not in findings


def test_without_the_extra_it_is_said_how_to_install_it_and_nothing_else(lake: LakeSettings, tmp_path: Path) -> None:
    code = f"""
import sys
sys.modules["psycopg"] = None
from pathlib import Path
from ingest.doctor.lake import checks
from warehouse.settings import LakeSettings, WarehouseSettings
lake = LakeSettings({lake.catalog!r}, {lake.data!r})
for name, check in checks(WarehouseSettings(Path({str(tmp_path)!r}), lake=lake), lake):
    print(name, *check(), sep="|")
"""
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    sentence = "a lake needs the extra: pip install 'engagement-warehouse[lake]'"
    assert ran.stdout == f"extensions|FAIL|{sentence}|install it for the Python that runs this\n"


def test_what_waits_and_is_not_loaded_fails(at_lake: WarehouseSettings, inbox: Inbox, action: Action) -> None:
    lake = at_lake.lake
    assert lake
    inbox.append([(0, json.dumps(action("ann")).encode())])
    load_waiting(inbox, at_lake)
    inbox.append([(1, b"{}")])
    assert checks.forwarding(at_lake).verdict is Verdict.FAIL
    forward_once(at_lake, lake)
    assert checks.forwarding(at_lake).found == "all deliveries of this host are forwarded"
    assert checks.shared_inbox(lake).found == "1 delivery waiting there, of at most 5,000,000"
    assert checks.last_load(lake, max_age_seconds=-1).verdict is Verdict.FAIL
    assert checks.last_load(lake).verdict is Verdict.OK
    assert checks.shared_inbox(lake, max_count=1).verdict is Verdict.FAIL
    with lock.only_writer(lake):
        assert "loads now" in checks.loader(lake).found
    assert checks.maintenance(lake, max_files=1).verdict is Verdict.FAIL


def test_a_warehouse_in_a_file_beside_the_lake_is_a_warning(at_lake: WarehouseSettings, tmp_path: Path) -> None:
    assert checks.file_from_before(at_lake).verdict is Verdict.OK
    at_lake.warehouse_path.write_bytes(b"everybody")
    finding = checks.file_from_before(at_lake)
    assert finding.verdict is Verdict.WARNING
    assert finding.found == f"in {tmp_path}, where no erasure reaches them: warehouse.duckdb"


def test_data_of_another_lake_fails(at_lake: WarehouseSettings, inbox: Inbox) -> None:
    lake = at_lake.lake
    assert lake
    load_waiting(inbox, at_lake)
    finding = checks.bucket(LakeSettings(empty_database(), lake.data))
    assert (finding.verdict, finding.found) == (Verdict.FAIL, f"{lake.data} belongs to another lake")


def test_a_bucket_that_keeps_old_versions_fails(on_s3: tuple[dict[str, str], LakeSettings]) -> None:
    env, lake = on_s3
    assert checks.versioning(lake).found == "no old version of an object is kept"
    s3 = client(env)
    for status, verdict in (("Enabled", Verdict.FAIL), ("Suspended", Verdict.WARNING)):
        s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": status})
        assert checks.versioning(lake).verdict is verdict
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    for _ in range(2):
        s3.put_object(Bucket=BUCKET, Key="warehouse/a", Body=b"")
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Suspended"})
    assert checks.versioning(lake).found == "suspended, but 1 old versions of objects are there"


def test_a_bucket_whose_life_cycle_deletes_objects_fails(on_s3: tuple[dict[str, str], LakeSettings]) -> None:
    env, lake = on_s3
    assert checks.life_cycle(lake).verdict is Verdict.OK
    rule = {"ID": "tidy", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 30}}
    client(env).put_bucket_lifecycle_configuration(Bucket=BUCKET, LifecycleConfiguration={"Rules": [rule]})
    finding = checks.life_cycle(lake)
    assert finding.verdict is Verdict.FAIL
    assert finding.found == "rules of the bucket delete or archive the lake's objects: tidy"
    client(env).delete_bucket(Bucket=BUCKET)
    assert checks.life_cycle(lake).verdict is Verdict.WARNING


def test_a_bucket_that_refuses_the_key_fails_with_where_to_look(
    on_s3: tuple[dict[str, str], LakeSettings], tmp_path: Path
) -> None:
    env, lake = on_s3
    settings = WarehouseSettings(tmp_path, lake=lake)
    with closing(Inbox(settings.inbox_path, create=True)) as inbox:
        load_waiting(inbox, settings)
    ask_for_known_keys(env)
    findings = found(settings)
    assert findings["versioning"].verdict is Verdict.WARNING
    for name in ("bucket", "versions"):
        assert findings[name].verdict is Verdict.FAIL
        assert findings[name].cure.startswith("look at AWS_ACCESS_KEY_ID")
    assert findings["PostgreSQL"].verdict is Verdict.OK
