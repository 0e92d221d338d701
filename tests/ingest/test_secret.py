"""The webhook's secret from a file: right files, and one line for each wrong one, which never shows the secret."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from ingest.settings import ReceiverSettings
from tests.e2e.machine import BIN
from warehouse.settings import SettingsError

LONG_ENOUGH = "a-secret-of-24-characters"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file that only its owner may read, and that a test writes."""
    path = tmp_path / "zuddl_webhook_secret"
    path.touch(0o600)
    return path


def read(file: Path, **more: str) -> ReceiverSettings:
    return ReceiverSettings.from_env({"ZUDDL_WEBHOOK_SECRET_FILE": str(file), **more})


@pytest.mark.parametrize("end", ["", "\n", "\r\n", "\n\n"])
def test_a_line_break_at_the_end_of_the_file_is_no_part_of_the_secret(end: str, file: Path) -> None:
    file.write_bytes(f"{LONG_ENOUGH}{end}".encode())
    assert read(file).secrets == (LONG_ENOUGH.encode(),)
    assert list(read(file).secret.doubts()) == []


def test_a_file_may_hold_several_secrets_with_commas_between_them(file: Path) -> None:
    file.write_text("old,\nnew\n")
    assert read(file).secrets == (b"old", b"new")


def test_without_either_variable_the_credential_of_systemd_is_read(file: Path) -> None:
    file.write_text(LONG_ENOUGH)
    env = {"CREDENTIALS_DIRECTORY": str(file.parent), "ZUDDL_WEBHOOK_SECRET": ""}
    assert ReceiverSettings.from_env(env).secrets == (LONG_ENOUGH.encode(),)


def test_a_variable_comes_before_the_credential(file: Path) -> None:
    file.write_text(LONG_ENOUGH)
    env = {"CREDENTIALS_DIRECTORY": str(file.parent), "ZUDDL_WEBHOOK_SECRET": "of-the-environment"}
    assert ReceiverSettings.from_env(env).secrets == (b"of-the-environment",)


def test_a_folder_of_other_credentials_is_as_none(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="ZUDDL_WEBHOOK_SECRET is not set, and no file with it"):
        ReceiverSettings.from_env({"CREDENTIALS_DIRECTORY": str(tmp_path)})


def test_two_secrets_at_two_places_are_refused(file: Path) -> None:
    file.write_text(LONG_ENOUGH)
    with pytest.raises(SettingsError, match="are both set: remove one"):
        read(file, ZUDDL_WEBHOOK_SECRET="another")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b" \r\n", "is empty"),
        (b",", "holds no secret"),
        (b"one-secret\nanother-secret\n", "holds a line break: separate several secrets by commas"),
        (b"a-secret\0-with-a-null", "holds an invisible character"),
        (b"a-s\xe9cret-in-latin-1", "is no UTF-8 text"),
        (b"x" * 100_000, "is larger than 65,536 bytes"),
    ],
    ids=["empty", "blank", "comma", "two lines", "invisible", "Latin-1", "too large"],
)
def test_a_wrong_file_is_one_line_that_names_it_and_shows_nothing_of_it(content: bytes, said: str, file: Path) -> None:
    file.write_bytes(content)
    with pytest.raises(SettingsError) as error:
        read(file)
    assert error.value.message.startswith(f"{file} (from ZUDDL_WEBHOOK_SECRET_FILE) {said}")
    assert "\n" not in error.value.message
    assert "-secret" not in error.value.message.removeprefix(str(file))


def test_a_file_that_is_not_there_and_a_folder_are_named(tmp_path: Path) -> None:
    for path, why in ((tmp_path / "none", "No such file or directory"), (tmp_path, "Is a directory")):
        with pytest.raises(SettingsError, match=rf"{path} \(from ZUDDL_WEBHOOK_SECRET_FILE\) can't be read: {why}"):
            read(path)


def test_a_secret_in_the_place_of_a_path_is_not_shown() -> None:
    with pytest.raises(SettingsError) as error:
        read(Path("a-secret-that-is-no-path"))
    assert (
        error.value.message == "the file that ZUDDL_WEBHOOK_SECRET_FILE names can't be read: No such file or directory"
    )


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_of_mode_0_can_not_be_read(file: Path) -> None:
    file.chmod(0)
    with pytest.raises(SettingsError, match="can't be read: Permission denied"):
        read(file)


@pytest.mark.parametrize(("mode", "doubts"), [(0o400, 0), (0o600, 0), (0o640, 0), (0o644, 1), (0o666, 1), (0o602, 1)])
def test_a_file_that_every_user_may_read_or_change_is_warned_about(mode: int, doubts: int, file: Path) -> None:
    file.write_text(LONG_ENOUGH)
    file.chmod(mode)
    said = list(read(file).secret.doubts())
    assert ["chmod 600" in doubt for doubt in said] == [True] * doubts
    assert LONG_ENOUGH not in repr(read(file)) + str(said)


def test_a_pipe_is_read_once() -> None:
    """Such as the one of `<(pass show zuddl)`."""
    ours, its = os.pipe()
    os.write(its, f"{LONG_ENOUGH}\n".encode())
    os.close(its)
    settings = read(Path(f"/dev/fd/{ours}"))
    os.close(ours)
    assert settings.secrets == (LONG_ENOUGH.encode(),)
    assert list(settings.secret.doubts()) == []


def named_pipe(folder: Path) -> Path:
    os.mkfifo(folder / "pipe", 0o600)
    return folder / "pipe"


@pytest.mark.parametrize("make", [named_pipe, lambda _: Path("/dev/zero")], ids=["pipe", "device"])
def test_what_is_no_regular_file_is_refused_at_once(make: Callable[[Path], Path], tmp_path: Path) -> None:
    """Nobody may ever write to a pipe with a name."""
    file = make(tmp_path)
    with pytest.raises(SettingsError) as error:
        read(file)
    assert error.value.message == f"{file} (from ZUDDL_WEBHOOK_SECRET_FILE) is no regular file"


@pytest.mark.e2e
def test_a_command_says_in_one_line_that_the_file_is_empty(file: Path, tmp_path: Path) -> None:
    env = {"ZUDDL_WEBHOOK_SECRET_FILE": str(file), "DATA_DIR": str(tmp_path / "data")}
    said = subprocess.run([BIN / "ingest", "serve"], env=env, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (said.returncode, said.stderr) == (1, f"Error: {file} (from ZUDDL_WEBHOOK_SECRET_FILE) is empty\n")
