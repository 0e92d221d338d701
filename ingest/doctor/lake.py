"""Checks of a lake: PostgreSQL, the bucket, what waits in between, and who loads."""

import time
from collections.abc import Callable, Iterator
from functools import partial

import duckdb

from ingest.doctor import data, deliveries
from ingest.verdicts import Finding, Verdict, fail, ok, warning
from warehouse import counted
from warehouse.commands.erase import files_beside_a_lake
from warehouse.inbox.forward import LIMITS
from warehouse.inbox.shared_inbox import SharedInbox
from warehouse.postgres import CatalogError, kept_session, require_installed
from warehouse.settings import LakeSettings, SettingsError, WarehouseSettings
from warehouse.storage.lake import claim, state
from warehouse.storage.lake.address import EXTENSIONS, prepare
from warehouse.storage.lake.bucket import NotSeen
from warehouse.storage.lake.life_cycle import rules_against
from warehouse.storage.lake.maintenance import LIVE_FILES
from warehouse.storage.lake.old_versions import versions_of
from warehouse.storage.lake.reader import current_generation
from warehouse.storage.one_line import explained

Check = Callable[[], Finding]

OLDEST_POSTGRESQL = 140_000
# As the alerts LakeBehind, LakeInboxFills and LakeFilesGrow have them.
MAX_AGE_SECONDS = 300
FULL_SHARE = 0.8
MAX_LIVE_FILES = 10_000

LOOK_AT_POSTGRESQL = (
    "is it up? Look at WAREHOUSE, at PGPASSWORD or ~/.pgpass, and at the network; "
    "what arrives stays on this host meanwhile"
)
LOOK_AT_LOADERS = "the receivers' logs say why no loader loads; `warehouse load` says it at once"


def checks(settings: WarehouseSettings, lake: LakeSettings) -> Iterator[tuple[str, Check]]:
    """Each check with its name. While PostgreSQL does not answer, what only it knows is left out."""
    yield "extensions", extensions
    if extensions().verdict is Verdict.FAIL:  # nothing else can be asked
        return
    yield "PostgreSQL", partial(postgresql, lake)
    if settings.inbox_path.exists():
        yield "forwarding", partial(forwarding, settings)
    yield "file from before", partial(file_from_before, settings)
    yield "versioning", partial(versioning, lake)
    yield "life cycle", partial(life_cycle, lake)
    try:
        with kept_session(lake.catalog):
            pass
    except CatalogError:
        return
    yield "bucket", partial(_of_objects, partial(bucket, lake), lake)
    yield "shared inbox", partial(shared_inbox, lake)
    yield "loader", partial(loader, lake)
    yield "last load", partial(last_load, lake)
    yield "maintenance", partial(maintenance, lake)
    yield "versions", partial(_of_objects, partial(data.versions, settings), lake)
    yield "quarantine", partial(_of_objects, partial(deliveries.quarantine, settings), lake)


def extensions() -> Finding:
    """Whether the extra is installed, with extensions for this DuckDB."""
    try:
        require_installed()
        with duckdb.connect() as connection:
            prepare(connection, LakeSettings("", ""))
    except SettingsError as error:
        return fail(error.message, "install it for the Python that runs this")
    return ok(f"DuckDB {duckdb.__version__} has {', '.join(EXTENSIONS)}")


def postgresql(lake: LakeSettings) -> Finding:
    """Whether it answers, and is new enough."""
    started = time.monotonic()
    try:
        with kept_session(lake.catalog) as postgres:
            [(number, version)] = postgres.execute(
                "SELECT current_setting('server_version_num')::int, current_setting('server_version')"
            ).fetchall()
    except CatalogError as error:
        return fail(str(error).removeprefix("PostgreSQL: "), LOOK_AT_POSTGRESQL)
    found = f"{version} answers in {(time.monotonic() - started) * 1000:,.0f} ms"
    return ok(found) if number >= OLDEST_POSTGRESQL else fail(found, "a lake needs PostgreSQL 14 or later")


def forwarding(settings: WarehouseSettings) -> Finding:
    """Whether deliveries of this host wait to be forwarded."""
    nothing = "all deliveries of this host are forwarded"
    cure = "does `ingest serve` run? Its log says why it can't forward; `warehouse forward` says it at once"
    return deliveries.oldest_waiting(settings, nothing, "of this host not forwarded", cure)


def file_from_before(settings: WarehouseSettings) -> Finding:
    """Whether a warehouse in a file is left here: it holds everybody, and nothing looks after it."""
    left = files_beside_a_lake(settings)
    if not left:
        return ok(f"no warehouse in a file lies in {settings.data_dir}")
    found = f"in {settings.data_dir}, where no erasure reaches them: {', '.join(left)}"
    return warning(found, "delete them if the lake has all they have; a receiver without WAREHOUSE makes them, too")


def bucket(lake: LakeSettings) -> Finding:
    """Whether the data can be read, and is this lake's."""
    with duckdb.connect() as connection:
        prepare(connection, lake)
        is_ours = claim.is_ours(connection, lake)
    if is_ours is None:
        return warning(f"nothing has been loaded into {lake.data} yet", "the first load claims it for this lake")
    if not is_ours:
        cure = "is the database in WAREHOUSE right? Each lake needs a bucket or folder of its own"
        return fail(f"{lake.data} belongs to another lake", cure)
    return ok(f"{lake.data} can be read, and is this lake's")


def versioning(lake: LakeSettings) -> Finding:
    """Whether the bucket keeps old versions of objects: an erased person would stay in them."""
    try:
        status, old_count = versions_of(lake)
    except NotSeen as error:
        cure = "allow the key s3:GetBucketVersioning and s3:ListBucketVersions, or make sure that versioning is off"
        return warning(str(error), cure)
    cure = "suspend it, and delete old versions, such as by a rule of the bucket's life cycle: erased people stay there"
    if status == "Enabled":
        return fail(f"the bucket keeps old versions of objects, {old_count:,} by now", cure)
    if old_count:
        return fail(f"suspended, but {old_count:,} old versions of objects are there", cure)
    if status:
        found = "suspended; objects from before are kept when they are deleted"
        return warning(found, "after an erasure look here again")
    return ok("no old version of an object is kept")


def life_cycle(lake: LakeSettings) -> Finding:
    """Whether a rule of the bucket takes objects of the lake away."""
    try:
        rules = rules_against(lake)
    except NotSeen as error:
        cure = "allow the key s3:GetLifecycleConfiguration, or make sure that no rule deletes or archives the objects"
        return warning(str(error), cure)
    if rules:
        found = f"rules of the bucket delete or archive the lake's objects: {', '.join(rules)}"
        return fail(found, "keep them from the objects of WAREHOUSE_DATA: what they delete is lost")
    return ok("no rule of the bucket deletes or archives the lake's objects")


def shared_inbox(lake: LakeSettings, max_count: int = LIMITS.shared_count) -> Finding:
    """Whether it fills up: forwarding pauses when it is full."""
    with kept_session(lake.catalog) as postgres:
        if not _has(postgres.execute("SELECT to_regclass('engagement.inbox')").fetchone()):
            return ok("no host has forwarded anything yet")
        count = SharedInbox(postgres).waiting_count({})
    found = f"{counted.deliveries(count)} waiting there, of at most {max_count:,}"
    return fail(found, LOOK_AT_LOADERS) if count > FULL_SHARE * max_count else ok(found)


def loader(lake: LakeSettings) -> Finding:
    """Who loads, or loaded last."""
    with kept_session(lake.catalog) as postgres:
        rows = []
        if _has(postgres.execute("SELECT to_regclass('engagement.loader')").fetchone()):
            rows = postgres.execute(state.LOADER).fetchall()
    for host, process_id, seconds, is_loading in rows:
        what = "loads now" if is_loading else "wrote last"
        return ok(f"{host}, process {process_id}, {what}, {seconds:,} s ago")
    return warning("no host has ever loaded", "start `ingest serve` or `warehouse load --follow` on a host")


def last_load(lake: LakeSettings, max_age_seconds: float = MAX_AGE_SECONDS) -> Finding:
    """Whether what waits in the shared inbox is loaded."""
    generation = current_generation(lake)
    if generation is None:
        return ok(deliveries.NOT_YET)
    with kept_session(lake.catalog) as postgres:
        waits = SharedInbox(postgres).is_waiting({})
    age = time.time() - generation.published_ns / 1e9
    found = f"{age:,.0f} s ago"
    return fail(f"{found}, and deliveries wait", LOOK_AT_LOADERS) if waits and age > max_age_seconds else ok(found)


def maintenance(lake: LakeSettings, max_files: int = MAX_LIVE_FILES) -> Finding:
    """Whether small files are merged: each one makes commits and pages slower."""
    with kept_session(lake.catalog) as postgres:
        if not _has(postgres.execute("SELECT to_regclass('ducklake_data_file')").fetchone()):
            return ok(deliveries.NOT_YET)
        [(count,)] = postgres.execute(LIVE_FILES).fetchall()
        done = postgres.execute(state.MAINTAINED).fetchone()
    found = f"{count:,} files, {f'maintained {done[0]:,} s ago' if done else 'not maintained yet'}"
    if count > max_files:
        return fail(found, "`warehouse maintain` says what keeps the loader from merging them")
    return ok(found)


def _of_objects(check: Check, lake: LakeSettings) -> Finding:
    """What a check found that reads the bucket."""
    try:
        return check()
    except duckdb.Error as error:
        found, cure = explained(error, lake)
        return fail(found, cure or LOOK_AT_LOADERS)


def _has(row: tuple[object, ...] | None) -> bool:
    """Whether PostgreSQL has the table that was asked for."""
    return row is not None and row[0] is not None
