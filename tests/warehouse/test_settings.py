"""Where the data lies: an absolute path, that every engine can open."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.kinds import Action
from warehouse.cli import main
from warehouse.settings import LakeSettings, SettingsError, WarehouseSettings


def test_a_relative_data_dir_is_one_of_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert WarehouseSettings.from_env({"DATA_DIR": "mine"}).data_dir == tmp_path / "mine"
    assert WarehouseSettings.from_env({}).data_dir == tmp_path / "data"


@pytest.mark.parametrize("name", ["what?", "a?b=c"])
def test_a_question_mark_in_the_path_is_refused_since_duckdb_cannot_open_it(name: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="DATA_DIR must have no question mark"):
        WarehouseSettings.from_env({"DATA_DIR": str(tmp_path / name / "data")})


@pytest.mark.parametrize("name", ["a#b 50%20", """a'b"c;d""", "[x]*{}$HOME", "-a\\b ü"])
def test_any_other_path_works_for_every_command(name: str, tmp_path: Path, action: Action) -> None:
    env = {"DATA_DIR": str(tmp_path / name)}
    (tmp_path / "payloads.ndjson").write_text(json.dumps(action()))
    commands = (
        ["load", str(tmp_path / "payloads.ndjson")],
        ["load"],
        ["info"],
        ["check"],
        ["rebuild"],
        ["backup", str(tmp_path / name / "backup")],
        ["erase", "--registration-id", "ann"],
    )
    for command in commands:
        result = CliRunner(env=env).invoke(main, command)
        assert result.exit_code == 0, (command, result.output)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([name, "payloads.ndjson"])


CATALOG = "host=127.0.0.1 dbname=engagement"


@pytest.mark.parametrize("data", ["s3://bucket/lake", "s3://bucket/lake/", "/srv/lake"])
def test_a_lake_has_a_catalog_and_data(data: str) -> None:
    lake = WarehouseSettings.from_env({"WAREHOUSE": f"ducklake:postgres:{CATALOG}", "WAREHOUSE_DATA": data}).lake
    assert lake == LakeSettings(CATALOG, data.rstrip("/") + "/")


@pytest.mark.parametrize(
    ("warehouse", "data", "complaint"),
    [
        ("data/warehouse.duckdb", "/srv/lake", "must begin with ducklake:postgres:"),
        ("ducklake:postgres:dbname=x password=secret", "/srv/lake", "must hold no password"),
        ("ducklake:postgres:postgresql://me:secret@host/x", "/srv/lake", "must hold no password"),
        ("ducklake:postgres:dbname='x'", "/srv/lake", "as a URL, blanks need none"),
        ("ducklake:postgres:dbname=x", "", "WAREHOUSE_DATA must be"),
        ("ducklake:postgres:dbname=x", "lake", "WAREHOUSE_DATA must be"),
        ("", "s3://bucket/", "WAREHOUSE_DATA belongs to a lake"),
    ],
)
def test_a_lake_that_is_written_wrongly_is_refused_without_its_password(
    warehouse: str, data: str, complaint: str
) -> None:
    with pytest.raises(SettingsError, match=complaint) as refusal:
        WarehouseSettings.from_env({"WAREHOUSE": warehouse, "WAREHOUSE_DATA": data})
    assert "secret" not in str(refusal.value)
