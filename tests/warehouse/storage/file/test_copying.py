"""Copying a file: in the kernel where it can, else byte by byte."""

import errno
from pathlib import Path

import pytest

from warehouse.storage.file.copying import copy_file


@pytest.mark.parametrize(
    "before",
    [b"", b"longer, and another" * 100_000, b"content" * 50_000, b"content" * 200_000],
    ids=["nothing", "another", "its first half", "it and more"],
)
def test_a_copy_has_the_content_of_the_original_whatever_was_there_before(before: bytes, tmp_path: Path) -> None:
    (tmp_path / "original").write_bytes(b"content" * 100_000)
    (tmp_path / "copy").write_bytes(before)
    copy_file(tmp_path / "original", tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == b"content" * 100_000


def test_an_empty_file_is_copied(tmp_path: Path) -> None:
    (tmp_path / "original").touch()
    copy_file(tmp_path / "original", tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == b""


@pytest.mark.parametrize("code", [errno.EOPNOTSUPP, errno.EXDEV, errno.ENOSYS], ids=errno.errorcode.get)
def test_what_a_kernel_cannot_copy_is_copied_byte_by_byte(
    code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(code, "this file system cannot")

    monkeypatch.setattr("os.copy_file_range", refuse)
    (tmp_path / "original").write_bytes(b"content")
    copy_file(tmp_path / "original", tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == b"content"


def test_a_full_disk_is_no_reason_to_copy_another_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOSPC, "no space left")

    monkeypatch.setattr("os.copy_file_range", refuse)
    (tmp_path / "original").write_bytes(b"content")
    with pytest.raises(OSError, match="no space left"):
        copy_file(tmp_path / "original", tmp_path / "copy")


def test_a_file_that_is_not_there_cannot_be_copied(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        copy_file(tmp_path / "original", tmp_path / "copy")
