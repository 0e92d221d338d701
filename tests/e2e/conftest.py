"""A machine for each test, and a real browser."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.e2e.machine import Machine

CHROMIUM = shutil.which("chromium")


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    """A machine of the test's own; every process on it is gone afterwards."""
    data_dir = tmp_path / "data"
    data_dir.mkdir()
    its = Machine(data_dir)
    yield its
    its.kill_all()


@pytest.fixture
def browser() -> Iterator[Browser]:
    """Debian's Chromium, headless. In CI it must be there; elsewhere the test is skipped without it, and says so."""
    if CHROMIUM is None:
        if os.environ.get("CI"):
            pytest.fail("CI has no Chromium: .ci/run installs it")
        pytest.skip("no Chromium here (Debian: apt install chromium); the browser test did not run")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"],
        )
        yield chromium
        chromium.close()
