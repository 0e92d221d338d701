"""A real browser."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.programs import program, require_library


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, headless. In CI it must be there; elsewhere the test is skipped without it, and says so."""
    chromium_path = program("chromium", "chromium")
    require_library("libatomic.so.1", "libatomic1")  # Playwright's own Node.js needs it, and a small Debian lacks it
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=chromium_path,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"],
        )
        yield chromium
        chromium.close()
