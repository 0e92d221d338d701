"""A machine for each drill."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.machine import Machine


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    """A machine of the drill's own; every process on it is gone afterwards."""
    data_dir = tmp_path / "data"
    data_dir.mkdir()
    its = Machine(data_dir)
    yield its
    its.kill_all()
