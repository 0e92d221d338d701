"""Install uv into an environment of its own, on a machine that has nothing but Python and PyPI.

`python3 .make/bootstrap.py DIR` makes a virtual environment in DIR and installs uv there. Debian's bare python3 has no
ensurepip: there, pip's own wheel installs uv. Both have an exact version and must have the hash that stands here or in
`uv.txt`, so that nothing newer or other is ever run unseen.
"""

import hashlib
import importlib.util
import subprocess
import sys
import tempfile
import urllib.request
import venv
from pathlib import Path

UV = Path(__file__).with_name("uv.txt")
PIP = "https://files.pythonhosted.org/packages/07/25/ee8c38ae72d66b844ce8eb9711ba905dba21ca1a8a0c960057c41cd23337/pip-26.3-py3-none-any.whl"
PIP_SHA256 = "f3b60b20ffaadd4415ed7957212a38ac63fa4c5fa375bd0f4a797777940fad13"


def main(directory: Path) -> None:
    """Make the environment and install uv."""
    if sys.version_info < (3, 11):
        sys.exit(f"Python 3.11 or newer is needed; python3 here is {sys.version.split()[0]}")
    has_ensurepip = importlib.util.find_spec("ensurepip") is not None
    venv.create(directory, with_pip=has_ensurepip, symlinks=True, clear=True)
    with tempfile.TemporaryDirectory() as scratch:
        pip = ["-m", "pip"] if has_ensurepip else [str(fetch_pip(Path(scratch)) / "pip")]
        # -I: neither the working directory nor PYTHONPATH may hold another pip.
        command = [directory / "bin" / "python", "-I", *pip, "install", "--quiet", "--disable-pip-version-check"]
        exactly = ["--no-deps", "--only-binary", ":all:", "--require-hashes", "--requirement", UV]
        if subprocess.run([*command, *exactly], check=False).returncode:
            sys.exit("uv could not be installed; the lines above say why")


def fetch_pip(directory: Path, wheel: str = PIP, sha256: str = PIP_SHA256) -> Path:
    """Download pip's wheel and check its hash. pip runs from its wheel, without being installed."""
    with urllib.request.urlopen(wheel) as answer:
        content = answer.read()
    path = directory / wheel.rpartition("/")[2]
    if hashlib.sha256(content).hexdigest() != sha256:
        sys.exit(f"{path.name} does not have the hash that it should have; not running it")
    path.write_bytes(content)
    return path


if __name__ == "__main__":
    main(Path(sys.argv[1]))
