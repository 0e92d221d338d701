"""Checks of the files in the data directory: whose they are, which release made them, what lies beside them."""

import os
import pwd
import shlex
import sqlite3
import stat
import time
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ingest.verdicts import Finding, fail, ok, warning
from warehouse.commands.backup import dated_in
from warehouse.commands.erase import unsearched_files
from warehouse.commands.manifest import MANIFEST, Damaged, Newer, require_intact
from warehouse.file_access import DATA_FOLDER, PRIVATE, PUBLISHED
from warehouse.inbox.file import InboxTooNew, InboxTooOld, log_bytes
from warehouse.inbox.sqlite_queue import Inbox
from warehouse.inbox.upgrade import SCHEMA_VERSION as INBOX_VERSION
from warehouse.schema_version import SCHEMA_VERSION
from warehouse.settings import WarehouseSettings
from warehouse.storage import storage_of
from warehouse.storage.errors import NewerVersion, NoWarehouse, OlderVersion, WarehouseMissing
from warehouse.storage.versions import require_current_version

# As the alerts WriteAheadLogGrows and BackupIsOld have them.
MAX_LOG_BYTES = 100_000_000
MAX_BACKUP_AGE = timedelta(days=8)


def owners(data_dir: Path) -> Finding:
    """Whether each file belongs to the folder's owner: the service must be able to replace it."""
    folder = data_dir.stat()
    others = {path.name: its.st_uid for path, its in _ours(data_dir).items() if its.st_uid != folder.st_uid}
    owner = _name_of(folder.st_uid)
    if others:
        named = ", ".join(f"{name} belongs to {_name_of(user)}" for name, user in others.items())
        return fail(f"{named}, and {data_dir} to {owner}", f"chown {owner} {shlex.quote(str(data_dir))}/*")
    if os.geteuid() not in (0, folder.st_uid):
        return warning(
            f"{data_dir} belongs to {owner}, and this is {_name_of(os.geteuid())}", f"run it as {owner} to see all"
        )
    return ok(f"all files belong to {owner}, as {data_dir} does")


def modes(data_dir: Path) -> Finding:
    """Whether other users can read or change what is personal."""
    its_modes = {path: stat.S_IMODE(its.st_mode) for path, its in _ours(data_dir).items()}
    too_open = {path: _allowed(path) for path, mode in its_modes.items() if mode & ~_allowed(path) & 0o077}
    its_modes[data_dir] = stat.S_IMODE(data_dir.stat().st_mode)
    if its_modes[data_dir] & stat.S_IWOTH:
        too_open[data_dir] = DATA_FOLDER
    if too_open:
        named = ", ".join(f"{path.name} ({its_modes[path]:04o})" for path in too_open)
        cure = "; ".join(f"chmod {allowed:o} {shlex.quote(str(path))}" for path, allowed in too_open.items())
        return fail(f"open to more users than it should be: {named}", cure)
    return ok(
        f"the inbox is for its owner alone, the warehouse for the group ({its_modes[data_dir]:04o} {data_dir.name})"
    )


def versions(settings: WarehouseSettings) -> Finding:
    """Whether this release knows the files."""
    found = []
    storage = storage_of(settings)
    cure = "the receiver or `warehouse load` upgrades it"
    try:
        if settings.inbox_path.exists():
            with closing(Inbox.open_read_only(settings.inbox_path)):
                found.append(f"inbox {INBOX_VERSION}")
        with storage.connect() as connection:
            require_current_version(connection)
            found.append(f"warehouse {SCHEMA_VERSION}")
    except WarehouseMissing:
        found.append("no warehouse yet")
    except (InboxTooNew, NewerVersion) as error:
        return fail(str(error), "install the release that made it, or a later one")
    except (InboxTooOld, OlderVersion) as error:
        return warning(str(error), cure)
    except NoWarehouse as error:
        return fail(f"{storage.address}: {error}", "look what wrote there: only the loader should")
    return ok(f"this release knows the files: {', '.join(found)}")


def damaged_files(settings: WarehouseSettings) -> Finding:
    """Whether damaged files are kept aside that nobody has looked at."""
    if damaged := unsearched_files(settings):
        cure = "the log says how much could be read of it; look at it, then move it away"
        return warning(f"kept aside: {', '.join(damaged)}", cure)
    return ok("none is kept aside")


def write_ahead_log(settings: WarehouseSettings, max_bytes: int = MAX_LOG_BYTES) -> Finding:
    """Whether the inbox's log grows because somebody keeps the inbox open."""
    size = log_bytes(settings.inbox_path)
    found = f"{size / 1e6:,.1f} MB"
    if size > max_bytes:
        return warning(found, f"somebody keeps {settings.inbox_path.name} open: `lsof` names it")
    return ok(found)


def backup(settings: WarehouseSettings, folder: Path | None = None, max_age: timedelta = MAX_BACKUP_AGE) -> Finding:
    """Whether there is a recent backup; in the folder, if there is one, whether the latest is as it was made."""
    try:
        with closing(Inbox.open_read_only(settings.inbox_path)) as inbox:
            made_at = inbox.notes.last_backup_at() / 1e6
    except sqlite3.OperationalError:
        made_at = 0
    if not made_at:
        return warning("never made", "`warehouse backup DIR --keep 7 --verify`, by a timer")
    age = timedelta(seconds=max(0.0, time.time() - made_at))
    found = f"made {datetime.fromtimestamp(made_at, UTC):%Y-%m-%d %H:%M} UTC"
    if age > max_age:
        return fail(f"{found}, {age.days} days ago", "look why the timer does not run, or no longer succeeds")
    if folder is None:
        return ok(f"{found}; its files are compared with its checksums with --backup DIR")
    latest = [folder, *dated_in(folder)][-1]
    if not (latest / MANIFEST).is_file():
        return fail(f"{found}, but no backup is in {folder}", "name the folder that the timer writes to")
    try:
        require_intact(latest)
    except (Damaged, Newer) as error:
        return fail(str(error), "make another backup, on another disk")
    return ok(f"{found}; {latest} is as it was made")


def _ours(data_dir: Path) -> dict[Path, os.stat_result]:
    """Our files; the loader may replace one meanwhile."""
    found = {}
    for path in sorted([*data_dir.glob("inbox*"), *data_dir.glob("warehouse*")]):
        with suppress(FileNotFoundError):
            found[path] = path.stat()
    return found


def _allowed(path: Path) -> int:
    return PUBLISHED if path.suffix == ".duckdb" else PRIVATE


def _name_of(user: int) -> str:
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return str(user)
