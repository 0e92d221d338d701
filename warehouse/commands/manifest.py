"""The manifest of a backup: when and by which release it was made, and the size and SHA-256 of each file."""

import hashlib
import json
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from warehouse.schema_version import SCHEMA_VERSION

MANIFEST = "manifest.json"


class Damaged(Exception):
    """A file of the backup is not as it was made."""


class Newer(Exception):
    """A newer release made the backup: no program here could open its warehouse."""


def describe(files: dict[str, Path]) -> str:
    """The manifest of these files, by the names that they will have."""
    return json.dumps(
        {
            "made_at": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "version": version("engagement-warehouse"),
            "schema_version": SCHEMA_VERSION,
            "files": {name: {"bytes": path.stat().st_size, "sha256": _sha256(path)} for name, path in files.items()},
        },
        indent=2,
    )


def require_intact(folder: Path) -> datetime | None:
    """Compare each file with the manifest; return when the backup was made.

    A backup of an older release has no manifest, and is taken as it is.

    Raises:
        Damaged: a file is missing, or has another size or content.
        Newer: its warehouse is of a newer release.
    """
    path = folder / MANIFEST
    if not path.exists():
        return None
    try:
        manifest = json.loads(path.read_text("utf-8"))
        made_at = datetime.fromisoformat(manifest["made_at"])
        schema_version, made_by = int(manifest["schema_version"]), manifest["version"]
        expected_files = {name: (file["bytes"], file["sha256"]) for name, file in manifest["files"].items()}
    except (ValueError, LookupError, TypeError, AttributeError):
        raise Damaged(f"{path} is not as it was when the backup was made") from None
    if schema_version > SCHEMA_VERSION:
        raise Newer(
            f"release {made_by} made {folder}: its schema version {schema_version} is newer than {SCHEMA_VERSION}; "
            "use that release"
        )
    for name, expected in expected_files.items():
        file = folder / name
        if not file.is_file():
            raise Damaged(f"{file} is missing, but {path} names it")
        if (file.stat().st_size, _sha256(file)) != expected:
            raise Damaged(f"{file} is not as it was when the backup was made")
    return made_at


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
