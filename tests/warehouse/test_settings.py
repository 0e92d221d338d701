"""Where the data lies: an absolute path, that every engine can open."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.kinds import Action
from warehouse.cli import main
from warehouse.settings import SettingsError, WarehouseSettings


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
