"""Watching the inbox: only a reader meets damage in the middle of the file, and the loader would wait for ever.

A small write at each look finds a file that was removed, or a disk that is full, before a delivery does.
"""

import asyncio
import logging
import sqlite3
import time
from contextlib import closing, suppress
from pathlib import Path

from ingest.commit.group_commit import GroupCommit, NotStored
from warehouse.inbox.carry_over import is_damage
from warehouse.inbox.repair import find_damage
from warehouse.inbox.sqlite_queue import Inbox

# The whole inbox is read at the start, then once an hour, and at each look that finds the loader stuck.
SECONDS_BETWEEN_CHECKS = 3600
SECONDS_BETWEEN_LOOKS = 10
SECONDS_FOR_THE_LOADER = 20

log = logging.getLogger(__name__)


async def watch_inbox(inbox: Path, commit: GroupCommit) -> None:
    """Have the inbox repaired whenever it is found damaged, until cancelled."""
    checked_at = -float(SECONDS_BETWEEN_CHECKS)
    while True:
        with suppress(NotStored):  # which is logged where it is written
            await commit.prove_write()
        is_due = time.monotonic() - checked_at >= SECONDS_BETWEEN_CHECKS
        try:
            if is_due or await asyncio.to_thread(is_loader_stuck, inbox):
                checked_at = time.monotonic()
                # A thread looks for damage, so that the writer goes on meanwhile. Only damage stops the writer.
                if await asyncio.to_thread(find_damage, inbox):
                    commit.repair_if_damaged()
        except (sqlite3.Error, OSError) as error:  # OSError: its folder is gone, or can't be read
            log.warning("the inbox could not be checked: %s", error)
        await asyncio.sleep(SECONDS_BETWEEN_LOOKS)


def is_loader_stuck(inbox: Path) -> bool:
    """Whether a delivery has waited too long for the loader, or damage hides whether one has."""
    try:
        with closing(Inbox.open_read_only(inbox)) as opened:
            oldest = opened.backlog().oldest_received_at
    except sqlite3.DatabaseError as error:
        if is_damage(error):
            return True
        raise
    return oldest is not None and time.time() - oldest / 1e6 > SECONDS_FOR_THE_LOADER
