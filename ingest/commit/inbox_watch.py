"""Watching over the inbox: damage in its midst shows only to who reads there, and the loader would wait for ever."""

import asyncio
import logging
import sqlite3
import time
from contextlib import closing
from pathlib import Path

from ingest.commit.group_commit import GroupCommit
from warehouse.inbox.repair import find_damage, is_damage
from warehouse.inbox.sqlite_queue import Inbox

# All of it is read at the start, then this often, and at each look while the loader does not get on.
SECONDS_BETWEEN_CHECKS = 3600
SECONDS_BETWEEN_LOOKS = 10
SECONDS_FOR_THE_LOADER = 20

log = logging.getLogger(__name__)


async def watch_inbox(inbox: Path, commit: GroupCommit) -> None:
    """Have the inbox mended whenever it is found damaged, until cancelled."""
    checked_at = -float(SECONDS_BETWEEN_CHECKS)
    while True:
        is_due = time.monotonic() - checked_at >= SECONDS_BETWEEN_CHECKS
        try:
            if is_due or await asyncio.to_thread(is_loader_stuck, inbox):
                checked_at = time.monotonic()
                # Beside the writer, whom it does not hold up; only damage that was found is worth that.
                if await asyncio.to_thread(find_damage, inbox):
                    commit.mend_if_damaged()
        except sqlite3.Error as error:
            log.warning("the inbox could not be checked: %s", error)
        await asyncio.sleep(SECONDS_BETWEEN_LOOKS)


def is_loader_stuck(inbox: Path) -> bool:
    """Whether a delivery has waited for the loader for long; also when that can't even be read."""
    try:
        with closing(Inbox(inbox)) as opened:
            oldest = opened.backlog().oldest_received_at
    except sqlite3.DatabaseError as error:
        if is_damage(error):
            return True
        raise
    return oldest is not None and time.time() - oldest / 1e6 > SECONDS_FOR_THE_LOADER
