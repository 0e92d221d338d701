"""The loader: new deliveries from the inbox into the next generation of the warehouse, each exactly once.

The watermark is written in the same file as the rows, per inbox identity; a crash leaves both or neither.
"""

import logging
import sqlite3
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice

from duckdb import DuckDBPyConnection

from warehouse import schema
from warehouse.commands.rebuild import rebuild
from warehouse.inbox.sqlite_queue import Inbox, LastLoad
from warehouse.marts import speaker_names
from warehouse.pipeline import take_in
from warehouse.settings import WarehouseSettings
from warehouse.staging.batches import batches
from warehouse.staging.read_ahead import read_ahead
from warehouse.staging.store import Absorbed
from warehouse.storage import files, load_log, publish
from warehouse.storage.load_log import Publication

__all__ = ["Publication", "publish_new"]

# A publication ends after so many batches, so that a long backlog shows progress.
BATCHES_PER_PUBLICATION = 20

log = logging.getLogger(__name__)


def publish_new(inbox: Inbox, settings: WarehouseSettings) -> Publication:
    """Publish a generation with the inbox's next deliveries, then prune the inbox of what is old and twice loaded.

    Publishes even when nothing is new: so an empty warehouse comes to be, and new names of speakers are shown.
    A generation of an older schema version is upgraded first. A damaged one is kept aside: the one before it, whose
    watermark is older, or else an empty one takes in again what the inbox still holds.

    Raises:
        publish.NewerWarehouse: the warehouse is of a schema version that this program does not know.
    """
    while True:
        try:
            publication, kept_from = publish.with_enough_memory(partial(_publish_new, inbox, settings))
            break
        except publish.DamagedWarehouse as damage:
            aside = files.set_aside(damage.path)
            log.error("%s; kept as %s; going on without it", damage, aside.name)  # noqa: TRY400 -- handled
        except publish.OlderWarehouse as older:
            log.info("%s: upgrading to %d", older, schema.SCHEMA_VERSION)
            rebuild(settings)
    now = int(datetime.now(UTC).timestamp() * 1_000_000)
    inbox.note_load(LastLoad(publication.inbox_position, now, publication.duration_seconds))
    try:
        _prune(inbox, kept_from, settings.inbox_retention)
    except sqlite3.DatabaseError as error:  # damaged where it is loaded already: the receiver mends it
        log.error("could not prune the inbox: %s", error)  # noqa: TRY400 -- one line
    return publication


def _publish_new(inbox: Inbox, settings: WarehouseSettings, memory: publish.Memory) -> tuple[Publication, int]:
    """The publication, and up to where the generation before it, which stays as a spare, had read the inbox."""
    started = time.monotonic()
    with publish.new_generation(settings.warehouse_path, memory) as connection:
        previous_position = load_log.inbox_positions(connection).get(inbox.inbox_id, 0)
        # What arrives from now on is for the next publication: this one is awaited.
        last_position = inbox.last_id()
        with inbox.settled():
            absorbed, position = _take_in_new(connection, inbox, previous_position, last_position, settings)
        speaker_names.apply_names(connection, speaker_names.read_names(settings.speakers_path))
        publication = load_log.record(
            connection,
            started,
            delivery_count=sum(batch.delivery_count for batch in absorbed),
            duplicate_count=sum(batch.duplicate_count for batch in absorbed),
            quarantine_count=sum(batch.quarantine_count for batch in absorbed),
            inbox_position=(inbox.inbox_id, position),
        )
    return publication, previous_position


def _take_in_new(
    connection: DuckDBPyConnection, inbox: Inbox, position: int, last_position: int, settings: WarehouseSettings
) -> tuple[list[Absorbed], int]:
    """What became of the inbox's next deliveries, and up to where they reach."""
    absorbed: list[Absorbed] = []
    first_id = load_log.last_delivery_id(connection) + 1
    new = islice(batches(inbox, position, last_position, first_id), BATCHES_PER_PUBLICATION)
    with closing(read_ahead(new)) as ahead:
        for taken, reached in take_in(connection, ahead, settings.repeat_policy):
            absorbed.append(taken)
            position = reached
    return absorbed, position


def _prune(inbox: Inbox, position: int, retention: timedelta) -> None:
    received_before = datetime.now(UTC) - retention
    pruned = inbox.prune(loaded_up_to=position, received_before=int(received_before.timestamp() * 1_000_000))
    if pruned:
        log.info("forgot %d deliveries of the inbox that are loaded and older than %d days", pruned, retention.days)
