"""Parsing: JSON text to typed rows, in DuckDB SQL. It renames and casts; what does not fit gets a reason."""

import logging
from collections.abc import Collection, Iterator
from functools import partial
from typing import NamedTuple

import duckdb
import polars as pl
from duckdb import DuckDBPyConnection

from warehouse.culprit import Unloadable, take_apart
from warehouse.memory import limit_bytes
from warehouse.schema import TIME_SPENT_IN_SESSION
from warehouse.staging import fields
from warehouse.staging.ask import ask
from warehouse.staging.batches import Batch
from warehouse.staging.descriptions import parse_attendees, parse_sessions
from warehouse.staging.fields import DELIVERY_FIELDS
from warehouse.staging.reading import MACROS
from warehouse.staging.targets import parse_targets
from warehouse.storage.duckdb_pool import borrowed_connection

# A 32-bit hash of the action id: the duplicate lookup scans a tenth of the bytes. Hits are confirmed by comparing id
# and content.
ACTION_KEY = "(md5_number_lower(action_id) & 4294967295)::UINTEGER"

# Who acts is staff: the actor is nobody's registration.
IS_BY_STAFF = "starts_with(action, 'EVENT_') OR starts_with(action, 'LEAD_') OR action = 'ON_DEMAND_SETTING_UPDATED'"


DELIVERIES = f"""
WITH in_words AS (
    SELECT *, text_of(action_json) AS action_text, {fields.texts(DELIVERY_FIELDS)}
    FROM deliveries
), read AS (
    SELECT *, id_or_null(action_text) AS action, {fields.values(DELIVERY_FIELDS)}
    FROM in_words
), typed AS (
    SELECT
        delivery_id,
        own_action_id,
        coalesce(own_action_id, body_sha256, sha256(body)) AS action_id,
        {ACTION_KEY} AS action_key,
        action,
        action_created_at,
        coalesce(event_id, registration_event_id, '(unknown)') AS event_id,
        session_id,
        CASE WHEN {IS_BY_STAFF} THEN own_registration_id ELSE coalesce(own_registration_id, actor_id) END
            AS registration_id,
        actor_id,
        minutes_spent,
        place_type, place_id, place_name, subject_type, subject_id, subject_name,
        session_version,
        attendee_version,
        target_version,
        action = '{TIME_SPENT_IN_SESSION}' AS is_time_spent,
        CASE
            WHEN fault = 'too_deep' THEN ['unloadable', 'nested too deeply']
            WHEN fault IS NOT NULL THEN [fault]
            WHEN action IS NULL THEN ['missing_field', 'action']
            WHEN NOT is_time_spent THEN NULL
            WHEN session_id IS NULL THEN ['missing_field', 'session.id']
            WHEN minutes_spent IS NULL THEN [
                if(is_absent(minutes_json), 'missing_field', 'invalid_minutes'), 'timeSpentInMinutes']
            WHEN registration_id IS NULL THEN ['missing_field', 'registration.id']
        END AS problem,
        problem[1] AS reason,
        problem[2] AS detail,
        {fields.suspicion(DELIVERY_FIELDS)} AS is_suspect
    FROM read JOIN sessions USING (session_version) JOIN attendees USING (attendee_version)
    JOIN targets USING (target_version)
)
SELECT * EXCLUDE (problem) FROM typed
"""

# A body that makes DuckDB itself fail is kept and counted, and nobody looks into it.
UNLOADABLE = f"""
SELECT delivery_id, coalesce(body_sha256, sha256(body)) AS action_id, {ACTION_KEY} AS action_key,
       false AS is_time_spent, 'unloadable' AS reason, $detail AS detail
FROM deliveries
"""

# These errors say that the machine is in trouble, not the payload.
MACHINE_FAULTS = (duckdb.IOException, duckdb.FatalException, duckdb.InterruptException)
# The fault of a delivery that is not looked into, because that would end the process; and its detail.
TOO_LARGE = "too_large"
TOO_LARGE_DETAIL = "it ended the loader, which had {} MB of memory"
MEGABYTE = 1_000_000

# One thread: the other core reads and splits the next batch. Joins keep the sides they are written with, the small one
# on the right: DuckDB can only guess how many rows a registered frame has.
SETTINGS = "SET threads = 1; SET TimeZone = 'UTC'; SET disabled_optimizers = 'build_side_probe_side';"

log = logging.getLogger(__name__)


class Parsed(NamedTuple):
    """What a batch of deliveries says, typed.

    `deliveries`: one row each, without its body; `reason` is null unless the delivery is unusable.
    `sessions`, `attendees` and `targets`: one row per description. The columns are those of the queries above.
    """

    deliveries: pl.DataFrame
    sessions: pl.DataFrame
    attendees: pl.DataFrame
    targets: pl.DataFrame


def parse(batch: Batch, macros: str = MACROS) -> Parsed:
    """The deliveries, typed. A delivery that makes DuckDB fail is found by halving, and is unusable.

    A DuckDB instance of its own does this: its settings would slow down the storing.
    """
    with borrowed_connection(SETTINGS + macros) as connection:
        return _together(list(_parts(connection, batch)))


def leave_unread(batch: Batch, delivery_ids: Collection[int] | None = None) -> Batch:
    """The batch, of which these deliveries (None: all) are not looked into: that would end the process."""
    is_left = pl.lit(value=True) if delivery_ids is None else pl.col("delivery_id").is_in(delivery_ids)
    fault = pl.when(is_left).then(pl.lit(TOO_LARGE)).otherwise("fault")
    return batch._replace(deliveries=batch.deliveries.with_columns(fault=fault))


def _parts(connection: DuckDBPyConnection, batch: Batch) -> Iterator[Parsed]:
    """The deliveries, typed, in one part if none of them makes DuckDB fail."""
    unread = batch.deliveries.filter(pl.col("fault").eq_missing(TOO_LARGE))
    rows = batch.deliveries.join(unread, on="delivery_id", how="anti") if len(unread) else batch.deliveries
    try:
        yield _parse_or_tell(connection, batch, rows)
    except Unloadable:
        for part, outcome in take_apart(rows, partial(_parse_or_tell, connection, batch)):
            if isinstance(outcome, Parsed):
                yield outcome
                continue
            log.error("delivery %s makes DuckDB fail: quarantined as unloadable", part["delivery_id"][0])  # noqa: TRY400 -- it is handled
            yield _unloadable(connection, batch, part, str(outcome))
    if len(unread):
        log.error("deliveries %s would end the loader: quarantined as unloadable", unread["delivery_id"].to_list())
        yield _unloadable(connection, batch, unread, TOO_LARGE_DETAIL.format(limit_bytes() // MEGABYTE))


def _parse_or_tell(connection: DuckDBPyConnection, batch: Batch, rows: pl.DataFrame) -> Parsed:
    try:
        return _parse(connection, batch, rows)
    except MACHINE_FAULTS:
        raise
    except duckdb.Error as error:
        if isinstance(error, duckdb.OutOfMemoryException) and len(rows) == 1:
            raise  # the process holds much more than this delivery
        raise Unloadable(str(error).partition("\n")[0]) from error


def _parse(connection: DuckDBPyConnection, batch: Batch, rows: pl.DataFrame) -> Parsed:
    """The given rows of the batch."""
    sessions = parse_sessions(connection, batch.session_texts, rows)
    attendees = parse_attendees(connection, batch.attendee_texts, rows)
    targets = parse_targets(connection, batch.target_texts, rows)
    deliveries = ask(connection, DELIVERIES, deliveries=rows, sessions=sessions, attendees=attendees, targets=targets)
    return Parsed(deliveries, sessions, attendees, targets)


def _unloadable(connection: DuckDBPyConnection, batch: Batch, rows: pl.DataFrame, detail: str) -> Parsed:
    nothing = _parse(connection, batch, rows[:0])
    return nothing._replace(deliveries=ask(connection, UNLOADABLE, {"detail": detail}, deliveries=rows))


def _together(parts: list[Parsed]) -> Parsed:
    """One of several; a description that more than one of them has, once."""
    if len(parts) == 1:
        return parts[0]
    deliveries, sessions, attendees, targets = (
        pl.concat(frames, how="diagonal") for frames in zip(*parts, strict=True)
    )
    return Parsed(
        deliveries,
        sessions.unique("session_version"),
        attendees.unique("attendee_version"),
        targets.unique("target_version"),
    )
