"""Rules of a bucket's life cycle: those that take objects of the lake away are found, and no others."""

from pathlib import Path
from typing import Any

import pytest

from tests.objects import BUCKET, client
from warehouse.settings import LakeSettings
from warehouse.storage.lake.bucket import NotSeen
from warehouse.storage.lake.life_cycle import rules_against

DELETES = {"Expiration": {"Days": 30}}


@pytest.fixture
def lake(s3_env: dict[str, str]) -> LakeSettings:
    return LakeSettings("", s3_env["WAREHOUSE_DATA"])


def set_rules(s3_env: dict[str, str], *rules: dict[str, Any]) -> None:
    named = [{"ID": f"rule {number}", "Status": "Enabled"} | rule for number, rule in enumerate(rules, 1)]
    client(s3_env).put_bucket_lifecycle_configuration(Bucket=BUCKET, LifecycleConfiguration={"Rules": named})


def test_a_bucket_without_rules_and_a_folder_have_none(lake: LakeSettings, tmp_path: Path) -> None:
    assert rules_against(lake) == []
    assert rules_against(LakeSettings("", f"{tmp_path}/")) == []


@pytest.mark.parametrize("prefix", ["", "ware", "warehouse/", "warehouse/main/"])
def test_a_rule_that_deletes_objects_of_the_lake_is_found(
    s3_env: dict[str, str], lake: LakeSettings, prefix: str
) -> None:
    set_rules(s3_env, {"Filter": {"Prefix": prefix}} | DELETES, {"Filter": {"Prefix": "elsewhere/"}} | DELETES)
    assert rules_against(lake) == ["rule 1"]


def test_a_rule_that_deletes_on_a_day_or_archives_is_found(s3_env: dict[str, str], lake: LakeSettings) -> None:
    archives = {"Transitions": [{"Days": 90, "StorageClass": "GLACIER"}]}
    seldom = {"Transitions": [{"Days": 90, "StorageClass": "STANDARD_IA"}]}
    on_a_day = {"Expiration": {"Date": "2030-01-01T00:00:00Z"}}
    set_rules(s3_env, *({"Filter": {"Prefix": ""}} | takes for takes in (archives, seldom, on_a_day)))
    assert rules_against(lake) == ["rule 1", "rule 3"]


def test_rules_that_leave_the_lakes_objects_alone_are_not_found(s3_env: dict[str, str], lake: LakeSettings) -> None:
    every = {"Filter": {"Prefix": ""}}
    set_rules(
        s3_env,
        every | {"NoncurrentVersionExpiration": {"NoncurrentDays": 1}},
        every | {"AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7}},
        every | DELETES | {"Status": "Disabled"},
        {"Filter": {"Tag": {"Key": "keep", "Value": "no"}}} | DELETES,
    )
    assert rules_against(lake) == []


def test_it_is_said_when_nobody_could_look_for_rules(s3_env: dict[str, str], lake: LakeSettings) -> None:
    client(s3_env).delete_bucket(Bucket=BUCKET)
    with pytest.raises(NotSeen, match=r"^s3://lake/warehouse/ can't be looked at: NoSuchBucket \(404\)"):
        rules_against(lake)
