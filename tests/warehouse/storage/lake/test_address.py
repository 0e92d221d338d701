"""How a lake is reached: what is refused before anything is sent."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.lake import lake_of_its_own
from warehouse.cli import main
from warehouse.settings import LAKE


@pytest.mark.parametrize("endpoint", ["localhost:9000", "s3.example.org", "ftp://s3.example.org", "https://"])
def test_an_endpoint_that_is_no_web_address_is_refused_in_one_line(endpoint: str, tmp_path: Path) -> None:
    (tmp_path / "payloads.ndjson").write_text("{}\n")
    with lake_of_its_own() as lake:
        env = {
            "DATA_DIR": str(tmp_path),
            "WAREHOUSE": f"{LAKE}{lake.catalog}",
            "WAREHOUSE_DATA": "s3://bucket/",
            "AWS_ENDPOINT_URL": endpoint,
        }
        run = CliRunner(env=env).invoke(main, ["load", str(tmp_path / "payloads.ndjson")])
    assert run.exit_code == 1
    assert run.output.splitlines()[-1] == (
        f"Error: AWS_ENDPOINT_URL must begin with https:// or http://, not '{endpoint}'"
    )
    assert "Traceback" not in run.output
