"""What `make` installs first has an exact version and a hash: nothing newer or other is ever run unseen."""

import hashlib
import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

MAKE = Path(__file__).parents[1] / ".make"


@pytest.fixture
def bootstrap() -> ModuleType:
    """`.make/bootstrap.py`, which is a script and in no package."""
    spec = importlib.util.spec_from_file_location("bootstrap", MAKE / "bootstrap.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_uv_has_one_exact_version_and_a_hash_for_each_platform() -> None:
    """Linux with glibc and with musl, and macOS, each on two processors; one wheel serves two of these."""
    lines = [line for line in (MAKE / "uv.txt").read_text("utf-8").splitlines() if not line.startswith("#")]
    assert re.fullmatch(r"uv==\d+\.\d+\.\d+ \\", lines[0])
    assert len({re.fullmatch(r"    --hash=sha256:([0-9a-f]{64})(?: \\)?", line)[1] for line in lines[1:]}) == 6  # type: ignore[index]  # None fails the test too


def test_pip_with_another_content_is_not_run(bootstrap: ModuleType, tmp_path: Path) -> None:
    wheel = tmp_path / "pip-1.0-py3-none-any.whl"
    wheel.write_bytes(b"not what was pinned")
    (tmp_path / "scratch").mkdir()
    with pytest.raises(SystemExit, match=r"pip-1\.0-py3-none-any\.whl does not have the hash"):
        bootstrap.fetch_pip(tmp_path / "scratch", wheel.as_uri(), "0" * 64)
    assert list((tmp_path / "scratch").iterdir()) == []


def test_pip_with_the_pinned_hash_is_kept(bootstrap: ModuleType, tmp_path: Path) -> None:
    wheel = tmp_path / "pip-1.0-py3-none-any.whl"
    wheel.write_bytes(b"what was pinned")
    (tmp_path / "scratch").mkdir()
    kept = bootstrap.fetch_pip(tmp_path / "scratch", wheel.as_uri(), hashlib.sha256(b"what was pinned").hexdigest())
    assert kept.read_bytes() == b"what was pinned"
