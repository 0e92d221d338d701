"""Two files exchange their names."""

import sys
from pathlib import Path

import pytest

from warehouse.storage.file.swap import swap

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a copy takes its place")


def test_two_files_exchange_their_names(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("1")
    (tmp_path / "b").write_text("2")
    swap(tmp_path / "a", tmp_path / "b")
    assert [(tmp_path / name).read_text() for name in "ab"] == ["2", "1"]


def test_a_missing_file_is_an_error_that_names_both(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("1")
    with pytest.raises(FileNotFoundError, match=r"a' -> .*b'"):
        swap(tmp_path / "a", tmp_path / "b")
    assert (tmp_path / "a").read_text() == "1"
