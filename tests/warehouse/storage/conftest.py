"""What tests of storages share."""

from collections.abc import Iterator

import pytest

from tests.objects import s3_server


@pytest.fixture
def env(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """The variables of an S3 server, which this process and its children have too."""
    with s3_server() as variables:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        yield variables
