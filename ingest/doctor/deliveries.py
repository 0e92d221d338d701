"""Checks of what has become of deliveries: position of the loader, backlog, quarantine, set aside."""

import time
from contextlib import closing
from datetime import UTC, datetime

from ingest.signature import is_plausible
from ingest.verdicts import Finding, fail, ok, warning
from warehouse import counted
from warehouse.inbox.sqlite_queue import Inbox
from warehouse.settings import WarehouseSettings
from warehouse.storage import load_log, storage_of
from warehouse.storage.errors import WarehouseMissing

# As the alert LoaderBehind has it.
MAX_AGE_SECONDS = 300
# Shares of all stored deliveries. One of a hundred may be a new shape; one of ten is a change at Zuddl.
HIGH_SHARE, ALARMING_SHARE = 0.01, 0.1
# Of what set-aside deliveries may occupy, as the alert SetAsideGrows has it.
FULL_SHARE = 0.8

NOT_YET = "nothing is published yet"


def watermark(settings: WarehouseSettings) -> Finding:
    """Whether the inbox is the one that the warehouse was loaded from, and not an older copy."""
    try:
        with storage_of(settings).connect() as connection:
            positions = load_log.inbox_positions(connection)
    except WarehouseMissing:
        return ok(NOT_YET)
    with closing(Inbox.open_read_only(settings.inbox_path)) as inbox:
        position = positions.get(inbox.inbox_id)
        if position is None and positions:
            found = "the warehouse has not read this inbox yet, but others"
            return warning(found, "right after a restore; else look whether both are of the same DATA_DIR")
        if position is not None and inbox.is_behind(position):
            found = f"the inbox is an older copy: the warehouse has read it up to delivery {position:,}"
            return fail(found, "the next load gives it a new identity and reads all of it; who put it there?")
        return ok(f"the warehouse has read the inbox up to delivery {position or 0:,} of {inbox.last_id():,}")


def backlog(settings: WarehouseSettings, max_age_seconds: float = MAX_AGE_SECONDS) -> Finding:
    """Whether deliveries wait for the loader."""
    cure = "does the loader run? The receiver's log says why it ends or can't load"
    return oldest_waiting(settings, "no delivery waits", "waiting", cure, max_age_seconds)


def oldest_waiting(
    settings: WarehouseSettings, nothing: str, state: str, cure: str, max_age_seconds: float = MAX_AGE_SECONDS
) -> Finding:
    """How long the oldest delivery of the inbox has been in this state. `nothing` is said where none is."""
    with closing(Inbox.open_read_only(settings.inbox_path)) as inbox:
        waiting = inbox.backlog()
    if waiting.oldest_received_at is None:
        return ok(nothing)
    age = max(0.0, time.time() - waiting.oldest_received_at / 1e6)
    found = f"{counted.deliveries(waiting.delivery_count)} {state}, the oldest for {age:,.0f} s"
    return fail(found, cure) if age > max_age_seconds else ok(found)


def last_load(settings: WarehouseSettings) -> Finding:
    """Whether there was a load, and whether the warehouse that it made is there."""
    with closing(Inbox.open_read_only(settings.inbox_path)) as inbox:
        load, has_deliveries = inbox.notes.last_load(), inbox.last_id() > 0
    if load is None:
        if has_deliveries:
            return warning("none yet, but there are deliveries", "does the loader run? The receiver's log tells")
        return ok(NOT_YET)
    ended = datetime.fromtimestamp(load.at / 1e6, UTC)
    found = f"{ended:%Y-%m-%d %H:%M:%S} UTC, in {load.duration_seconds:.1f} s"
    storage = storage_of(settings)
    if storage.generation() is None:
        return fail(f"{found}, but {storage.address} is missing", "`warehouse load` makes it again")
    if load.at / 1e6 > time.time() + 1:
        return warning(f"{found}: in the future", "a clock was or is wrong")
    return ok(found)


def quarantine(settings: WarehouseSettings, high: float = HIGH_SHARE, alarming: float = ALARMING_SHARE) -> Finding:
    """How much of what was received can't be used."""
    try:
        with storage_of(settings).connect() as connection:
            [(usable, unusable)] = connection.sql(
                "SELECT (SELECT count(*) FROM raw.deliveries), (SELECT count(*) FROM raw.quarantine)"
            ).fetchall()
    except WarehouseMissing:
        return ok(NOT_YET)
    share = unusable / max(1, usable + unusable)
    found = f"{unusable:,} of {counted.deliveries(usable + unusable)}, {share:.1%}"
    cure = "Data health on the dashboard says why; a new shape of payload, perhaps"
    if share >= alarming:
        return fail(found, cure)
    return warning(found, cure) if share >= high else ok(found)


def set_aside(settings: WarehouseSettings, max_bytes: int) -> Finding:
    """Whether deliveries were refused that could be genuine, and how near the bound is."""
    with closing(Inbox.open_read_only(settings.inbox_path)) as inbox:
        count, size = inbox.set_aside.count_and_bytes()
        latest = next(inbox.set_aside.newest(1, 1, is_plausible), None)
    found = f"{count:,} unverified deliveries, {size / 1e6:,.1f} MB"
    cure = "`ingest diagnose` says why they were refused; `ingest reverify` accepts those that verify now"
    if count and size > FULL_SHARE * max_bytes:
        return fail(f"{found}, of at most {max_bytes / 1e6:,.1f} MB: the oldest are about to be dropped", cure)
    if latest:
        when = datetime.fromtimestamp(latest.received_at / 1e6, UTC)
        return warning(f"{found}, the latest with a signature at {when:%Y-%m-%d %H:%M} UTC", cure)
    return ok(f"{found}, none with anything like a signature: somebody scans" if count else "none")
