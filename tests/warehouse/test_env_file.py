"""`.env`, as every command and the dashboard read it."""

import os
from pathlib import Path

import pytest

from warehouse.settings import SettingsError, read_env_file, read_environment


@pytest.fixture
def env_file(tmp_path: Path) -> Path:
    return tmp_path / ".env"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (b"SECRET=a${HOME}b$HOME", "a${HOME}b$HOME"),
        (b'SECRET="a${HOME:-x}b"', "a${HOME:-x}b"),
        (b"SECRET='a$b'", "a$b"),
        (b"\xef\xbb\xbfSECRET=abc\n", "abc"),
        (b"# ours\r\nSECRET=abc\r\n", "abc"),
        (b"export SECRET=abc\n", "abc"),
        ("SECRET=sécret\n".encode(), "sécret"),
    ],
    ids=["dollars", "dollars in quotes", "single quotes", "byte order mark", "line ends of Windows", "export", "UTF-8"],
)
def test_a_value_is_read_as_it_stands(text: bytes, value: str, env_file: Path) -> None:
    env_file.write_bytes(text)
    assert read_env_file(env_file) == {"SECRET": value}


def test_a_variable_of_the_real_environment_wins(env_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    env_file.write_text("OF_BOTH=file\nOF_THE_FILE=file\n", "utf-8")
    monkeypatch.setenv("OF_BOTH", "real")
    assert (read_environment(env_file)["OF_BOTH"], read_environment(env_file)["OF_THE_FILE"]) == ("real", "file")


def test_without_the_file_there_is_only_the_real_environment(env_file: Path) -> None:
    assert read_environment(env_file) == dict(os.environ)


def test_a_directory_is_one_clear_line(env_file: Path) -> None:
    env_file.mkdir()
    with pytest.raises(SettingsError, match=r"\.env can't be read: Is a directory"):
        read_env_file(env_file)


@pytest.mark.parametrize(
    "content",
    ["SECRET=abc".encode("utf-16"), "SECRET=abc".encode("utf-16-le"), "SECRET=sécret".encode("latin-1")],
    ids=["UTF-16", "UTF-16 without a mark", "Latin-1"],
)
def test_another_encoding_is_one_clear_line(content: bytes, env_file: Path) -> None:
    env_file.write_bytes(content)
    with pytest.raises(SettingsError, match="is no UTF-8 text"):
        read_env_file(env_file)


@pytest.mark.parametrize("line", ['SECRET="abc', "just text"])
def test_a_line_that_cannot_be_read_is_named_by_its_number_alone(line: str, env_file: Path) -> None:
    """It may hold half a secret."""
    env_file.write_text(f"PORT=8000\n\n{line}\nHOST=::\n", "utf-8")
    with pytest.raises(SettingsError, match=r"\.env, line 3: not NAME=value") as refused:
        read_env_file(env_file)
    assert "abc" not in str(refused.value)


def test_a_name_that_stands_twice_is_one_clear_line(env_file: Path) -> None:
    """The later line would silently replace the earlier one."""
    env_file.write_text("ZUDDL_WEBHOOK_SECRET=old-secret\n\nZUDDL_WEBHOOK_SECRET=new-secret\n", "utf-8")
    with pytest.raises(SettingsError, match=r"\.env, line 3: ZUDDL_WEBHOOK_SECRET stands in line 1 already$"):
        read_env_file(env_file)


@pytest.mark.parametrize(
    ("misspelt", "meant"),
    [
        ("ZUDDL_AUTH_HEADR", "ZUDDL_AUTH_HEADER"),
        ("REPEAT_POLCY", "REPEAT_POLICY"),
        ("Dashboard_Allowed", "DASHBOARD_ALLOWED"),
    ],
)
def test_a_misspelt_name_is_one_clear_line(misspelt: str, meant: str, env_file: Path) -> None:
    """Without it, a check that the operator asked for would be missing."""
    env_file.write_text(f"{misspelt}=x\n", "utf-8")
    with pytest.raises(SettingsError, match=rf"\.env, line 1: {misspelt} is no setting; {meant} is one$"):
        read_env_file(env_file)


def test_names_of_other_programs_are_left_alone(env_file: Path) -> None:
    env_file.write_text("TZ=UTC\nHTTPS_PROXY=http://proxy\nDATABASE_URL=x\nSECRET=y\n", "utf-8")
    assert len(read_env_file(env_file)) == 4


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_of_somebody_else_is_one_clear_line(env_file: Path) -> None:
    env_file.touch(0o000)
    with pytest.raises(SettingsError, match="can't be read: Permission denied"):
        read_env_file(env_file)
