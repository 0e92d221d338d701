"""The lock of the writer."""

import threading
from datetime import timedelta
from pathlib import Path

import pytest

from warehouse.storage.errors import LoaderBusy
from warehouse.storage.file.lock import only_writer

AT_ONCE = timedelta(0)


def test_a_second_writer_gives_up_when_its_patience_ends(tmp_path: Path) -> None:
    with only_writer(tmp_path), pytest.raises(LoaderBusy), only_writer(tmp_path, AT_ONCE):
        pass


def test_a_writer_takes_its_turn_after_the_one_before(tmp_path: Path) -> None:
    for _ in range(2):
        with only_writer(tmp_path, AT_ONCE):
            pass


def test_a_writer_waits_for_its_turn(tmp_path: Path) -> None:
    is_held, may_end = threading.Event(), threading.Event()
    order: list[str] = []

    def hold() -> None:
        with only_writer(tmp_path):
            is_held.set()
            may_end.wait(timeout=60)
            order.append("first")

    first = threading.Thread(target=hold)
    first.start()
    is_held.wait(timeout=60)
    threading.Timer(0.1, may_end.set).start()
    with only_writer(tmp_path):
        order.append("second")
    first.join()
    assert order == ["first", "second"]


def test_another_data_directory_has_another_lock(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    with only_writer(tmp_path), only_writer(tmp_path / "other", AT_ONCE):
        pass


def test_nothing_in_the_folder_can_be_removed_to_get_round_the_lock(tmp_path: Path) -> None:
    with only_writer(tmp_path):
        assert list(tmp_path.iterdir()) == []
