"""Install uv into an environment of its own, on a machine that has nothing but Python and PyPI.

`python3 .make/bootstrap.py DIR` makes a virtual environment in DIR and installs uv there. Debian's bare python3 has no
ensurepip: there, pip's own wheel installs uv. The wheel comes from PyPI and is checked against its hash.
"""

import hashlib
import importlib.util
import json
import subprocess
import sys
import tempfile
import urllib.request
import venv
from pathlib import Path

UV = "uv>=0.9,<1"
PIP_INDEX = "https://pypi.org/simple/pip/"


def main(directory: Path) -> None:
    """Make the environment and install uv."""
    if sys.version_info < (3, 11):
        sys.exit(f"Python 3.11 or newer is needed; python3 here is {sys.version.split()[0]}")
    has_ensurepip = importlib.util.find_spec("ensurepip") is not None
    venv.create(directory, with_pip=has_ensurepip, symlinks=True, clear=True)
    python = directory / "bin" / "python"
    with tempfile.TemporaryDirectory() as scratch:
        pip = ["-m", "pip"] if has_ensurepip else [str(fetch_pip(Path(scratch)) / "pip")]
        subprocess.run([python, *pip, "install", "--quiet", "--disable-pip-version-check", UV], check=True)


def fetch_pip(directory: Path) -> Path:
    """Download the newest wheel of pip and check its hash. pip runs from its wheel, without being installed."""
    request = urllib.request.Request(PIP_INDEX, headers={"Accept": "application/vnd.pypi.simple.v1+json"})
    with urllib.request.urlopen(request) as answer:
        files = json.load(answer)["files"]
    wheels = [f for f in files if f["filename"].endswith("-py3-none-any.whl") and not f.get("yanked")]
    wheel = max(wheels, key=lambda f: f["upload-time"])
    with urllib.request.urlopen(wheel["url"]) as answer:
        content = answer.read()
    if hashlib.sha256(content).hexdigest() != wheel["hashes"]["sha256"]:
        sys.exit(f"{wheel['filename']} does not have the hash that PyPI states; not installing it")
    path = directory / wheel["filename"]
    path.write_bytes(content)
    return path


if __name__ == "__main__":
    main(Path(sys.argv[1]))
