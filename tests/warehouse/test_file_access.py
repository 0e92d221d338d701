"""Who may read our files, and whose they are."""

import errno
import os
from pathlib import Path

import pytest

from tests.kinds import Action, Load, Query
from warehouse.file_access import give, make_folder

NOBODY = 65_534
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a file for somebody else")


@as_root
def test_what_root_makes_belongs_to_the_owner_of_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    os.chown(folder, NOBODY, NOBODY)
    (folder / "file").touch()
    give(folder / "file", 0o600)
    status = (folder / "file").stat()
    assert (status.st_uid, status.st_gid, oct(status.st_mode & 0o777)) == (NOBODY, NOBODY, "0o600")


@as_root
def test_folders_that_root_makes_belong_to_the_owner_of_the_first_that_was_there(tmp_path: Path) -> None:
    os.chown(tmp_path, NOBODY, NOBODY)
    make_folder(tmp_path / "a" / "b", 0o750)
    assert [path.stat().st_uid for path in (tmp_path / "a", tmp_path / "a" / "b")] == [NOBODY, NOBODY]


def test_a_folder_that_is_there_keeps_its_mode(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir(0o711)
    make_folder(tmp_path / "data", 0o750)
    assert oct((tmp_path / "data").stat().st_mode & 0o777) == "0o711"


def test_a_new_folder_has_the_mode_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        make_folder(tmp_path / "data", 0o750)
    finally:
        os.umask(before)
    assert oct((tmp_path / "data").stat().st_mode & 0o777) == "0o750"


@pytest.mark.parametrize("code", [errno.EPERM, errno.EOPNOTSUPP], ids=errno.errorcode.get)
def test_a_file_system_without_modes_stops_nothing(
    code: int, load: Load, action: Action, query: Query, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(code, "no modes here")

    monkeypatch.setattr(Path, "chmod", refuse)
    load(action("ann"))
    load(action("bob"))
    assert query("SELECT count(*) FROM time_spent") == [(2,)]


def test_a_failing_disk_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(errno.EIO, "the disk fails")

    monkeypatch.setattr(Path, "chmod", fail)
    with pytest.raises(OSError, match="the disk fails"):
        give(tmp_path, 0o700)
