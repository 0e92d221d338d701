"""What DuckDB says of object storage that fails: one line in each command, with the bucket and what to look at."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.e2e.machine import free_port
from tests.kinds import Action
from tests.loading import load_waiting
from tests.objects import BUCKET, ask_for_known_keys
from tests.postgres import empty_database
from tests.storages import environment
from warehouse.cli import main
from warehouse.inbox.sqlite_queue import Inbox
from warehouse.settings import LakeSettings, WarehouseSettings

COMMANDS = (["load"], ["check"], ["maintain"], ["rebuild"], ["erase", "--registration-id", "ann"])


@pytest.fixture
def lake(s3_env: dict[str, str], tmp_path: Path, inbox: Inbox, action: Action) -> WarehouseSettings:
    """A lake that holds a delivery, while another one waits in its host's inbox."""
    made = WarehouseSettings(tmp_path, lake=LakeSettings(empty_database(), s3_env["WAREHOUSE_DATA"]))
    inbox.append([(0, json.dumps(action("ann")).encode())])
    load_waiting(inbox, made)
    inbox.append([(0, json.dumps(action("bob")).encode())])
    return made


def said(lake: WarehouseSettings, command: list[str], **changed: str) -> str:
    """What the command says, which is one line, and nothing else."""
    run = CliRunner(env={**environment(lake), **changed}).invoke(main, command)
    assert (run.exit_code, run.stderr.count("\n")) == (1, 1), run.stderr
    return run.stderr


def test_each_command_names_the_bucket_the_fault_and_the_cure(s3_env: dict[str, str], lake: WarehouseSettings) -> None:
    begin = f"Error: {s3_env['WAREHOUSE_DATA']}: "
    nobody = said(lake, ["load"], AWS_ENDPOINT_URL=f"http://127.0.0.1:{free_port()}")
    assert nobody.startswith(f"{begin}nobody answers (")
    assert nobody.endswith("; look at AWS_ENDPOINT_URL and the network\n")
    no_tls = said(lake, ["load"], AWS_ENDPOINT_URL=s3_env["AWS_ENDPOINT_URL"].replace("http:", "https:"))
    assert no_tls.startswith(f"{begin}TLS fails (")
    ask_for_known_keys(s3_env)
    for command in COMMANDS:
        refused = said(lake, command)
        assert refused.startswith(f"{begin}the key is refused (")
        assert refused.endswith("and at what the key may do there\n")


def test_a_bucket_that_is_not_there_is_named(tmp_path: Path, s3_env: dict[str, str], inbox: Inbox) -> None:
    inbox.append([(0, b"{}")])
    lake = WarehouseSettings(tmp_path, lake=LakeSettings(empty_database(), "s3://another/x/"))
    assert BUCKET in s3_env["WAREHOUSE_DATA"]
    assert said(lake, ["load"]).startswith("Error: s3://another/x/: there is no such bucket (")
