"""Repair: a damaged inbox is kept aside, and a new one takes over every row of it that can still be read.

An inbox whose files were removed while it was open is put back in the same way.
"""

import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path

from warehouse.counted import deliveries
from warehouse.file_access import DATA_FOLDER, make_folder
from warehouse.fsync import sync
from warehouse.inbox.carry_over import DAMAGE, carry_over, connect_unchecked, is_damage
from warehouse.inbox.file import LOG, LOG_INDEX, Place, beside
from warehouse.inbox.sqlite_queue import Inbox

DAMAGED_PATTERN = "inbox.damaged-*.sqlite"
# What SQLite says of a file that is damaged, or no inbox of ours; and not, for instance, of a full disk.
NO_INBOX = (*DAMAGE, sqlite3.SQLITE_ERROR)


def kept_aside(inbox: Path) -> list[str]:
    """Names of the damaged inboxes that nobody has dealt with yet, the oldest first."""
    return sorted(file.name for file in inbox.resolve().parent.glob(DAMAGED_PATTERN))


def damaged_files(inbox: Path) -> list[Path]:
    """The damaged inboxes with their write-ahead logs."""
    return sorted(inbox.resolve().parent.glob(f"{DAMAGED_PATTERN}*"))


def drafts(inbox: Path) -> list[Path]:
    """What a repair that crashed has left: a new inbox that was never put into its place."""
    return sorted(inbox.resolve().parent.glob(f"{_draft(inbox).name}*"))


def find_damage(inbox: Path) -> str | None:
    """What is wrong with the file. Reads all of it: about a second for a gigabyte.

    Raises:
        sqlite3.Error: it can't be read for another reason.
    """
    try:
        with closing(sqlite3.connect(f"{inbox.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.DatabaseError as error:
        if is_damage(error):
            return str(error)
        raise
    return None if verdict == "ok" else str(verdict).replace("\n", " ")


def repair(inbox: Path, damage: str) -> str:
    """Keep the file aside, and put a new one in its place with what can be read. Returns a line for the operator.

    Raises:
        sqlite3.Error, OSError: the new file could not be written; nothing has changed.
    """

    def copy(draft: Path) -> str:
        with closing(connect_unchecked(inbox)) as damaged:
            return carry_over(damaged, draft)

    aside, carried_over = _replace(inbox, copy)
    return f"{inbox} is damaged ({damage}); kept as {aside.name}; a new inbox accepts deliveries; {carried_over}"


def put_back(opened: Inbox, place: Place) -> str:
    """Put an open inbox back to its place, which was lost, with all that it holds, and close it. Makes its folder.

    Another inbox that was put there stays, and takes over what waits. Returns a line for the operator.

    Raises:
        sqlite3.Error, OSError: nothing could be written there; the inbox stays open.
    """
    inbox = place.path
    make_folder(inbox.parent, DATA_FOLDER)
    there = place.what_is_there()
    if there == "another":
        place.remove_its_log()
        try:
            return f"{inbox} was replaced by another file while it was in use; {_join(opened, inbox)}"
        except sqlite3.DatabaseError as error:
            if getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF not in NO_INBOX:
                raise
    what = {"nothing": "was removed", "the same": "lost its write-ahead log", "another": "was replaced"}[there]
    aside, carried_over = _replace(inbox.resolve(), opened.carry_over)
    opened.close()
    kept = f"what was there is kept as {aside.name}; " if aside.exists() else ""
    return f"{inbox} {what} while it was in use; {kept}a new inbox accepts deliveries; {carried_over}"


def _join(opened: Inbox, inbox: Path) -> str:
    with closing(Inbox(inbox, create=True)) as there:
        if there.inbox_id == opened.inbox_id:
            # A copy: the warehouse may hold deliveries of ours under the ids that it gives next.
            there.renew()
        count = there.take_over(opened)
    opened.close()
    return f"carried over into it: {deliveries(count)} that the loader had not yet loaded"


def _replace(inbox: Path, copy: Callable[[Path], str]) -> tuple[Path, str]:
    """Put a new inbox, filled by `copy`, into its place. Returns where the old file is now, and a line on the copy."""
    draft, aside = _draft(inbox), inbox.with_name(DAMAGED_PATTERN.replace("*", f"{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}"))
    for file in _with_companions(draft):
        file.unlink(missing_ok=True)
    Inbox(draft, create=True).close()
    try:
        carried_over = copy(draft)
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise
        carried_over = "nothing of it can be read"
    for old, new in zip(_with_companions(inbox), _with_companions(aside), strict=True):
        with suppress(FileNotFoundError):
            old.rename(new)
    finish_repair(inbox)
    return aside, carried_over


def finish_repair(inbox: Path) -> None:
    """Put the new inbox into its place, when the old one was moved away, even by a process that crashed after that."""
    draft = _draft(inbox)
    if draft.exists() and not inbox.exists():
        draft.rename(inbox)
        # Synced before a delivery is acknowledged: after a power cut the new inbox is still in place.
        sync(inbox.parent)


def _draft(inbox: Path) -> Path:
    return inbox.with_name("inbox.mending.sqlite")


def _with_companions(file: Path) -> list[Path]:
    """The file's write-ahead log, the log's index, and the file, which goes last."""
    return [beside(file, LOG), beside(file, LOG_INDEX), file]
