"""Debian's programs and libraries that some tests need."""

import ctypes
import os
import shutil
import signal
from typing import NoReturn

import pytest

PR_SET_PDEATHSIG = 1


def program(name: str, package: str) -> str:
    """The program's path. In CI it must be there; elsewhere the test is skipped without it, and says so."""
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin")
    return found or _missing(name, package)


def require_library(name: str, package: str) -> None:
    """Do nothing where the library is; else as for a program."""
    try:
        ctypes.CDLL(name)
    except OSError:
        _missing(name, package)


def _missing(name: str, package: str) -> NoReturn:
    if os.environ.get("CI"):
        pytest.fail(f"CI has no {name}: .ci/run installs it")
    pytest.skip(f"no {name} here (Debian: apt install {package}); this test did not run")


def end_with_parent() -> None:
    """For `preexec_fn`: the kernel ends the process when the test run is killed before it can tidy up."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGINT)
