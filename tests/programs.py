"""Debian's programs that some tests need."""

import os
import shutil

import pytest


def program(name: str, package: str) -> str:
    """The program's path. In CI it must be there; elsewhere the test is skipped without it, and says so."""
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin")
    if found:
        return found
    if os.environ.get("CI"):
        pytest.fail(f"CI has no {name}: .ci/run installs it")
    pytest.skip(f"no {name} here (Debian: apt install {package}); this test did not run")
