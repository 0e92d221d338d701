"""What the drills of a lake share: Ceph's bucket, started once, and a lake in it for each."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.drills.lake_hosts import Lake, lake_in
from tests.radosgw import radosgw


@pytest.fixture(scope="session")
def bucket() -> Iterator[dict[str, str]]:
    with radosgw() as env:
        yield env


@pytest.fixture
def keys(bucket: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The bucket, whose keys the drill's own readers find too."""
    for name, value in bucket.items():
        if name.startswith("AWS_"):
            monkeypatch.setenv(name, value)
    return bucket


@pytest.fixture
def lake(tmp_path: Path, keys: dict[str, str]) -> Iterator[Lake]:
    with lake_in(tmp_path, keys) as made:
        yield made
