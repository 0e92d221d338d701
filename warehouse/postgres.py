"""PostgreSQL beside a lake: sessions, and the product's own tables there, in the schema `engagement`.

psycopg comes with the extra `lake`. So it is imported when a session opens, and a program without a lake needs none.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, LiteralString

from warehouse.settings import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from psycopg import Connection

MISSING = "a lake needs the extra: pip install 'engagement-warehouse[lake]'"
# A host that is gone answers nothing. The kernel then ends the session after 15 to 20 seconds.
OPTIONS = {
    "connect_timeout": 5,
    "keepalives_idle": 5,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
# PostgreSQL ends the session of a host that is gone, too: a lock would be held until then.
BOTH_WAYS = "-c tcp_keepalives_idle=5 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3"
# A look takes milliseconds. A page or a scrape must not wait for ever.
SHORT = "-c statement_timeout=30s"
# Whoever makes the tables holds this lock, since two `CREATE ... IF NOT EXISTS` at once can fail.
MAKE_TABLES = 7_204_113

# A delivery stays in the shared inbox for seconds. To compress a body, or to cut it up, takes longer than to store it.
# PostgreSQL's planner would keep samples of bodies, also of erased ones.
TABLES: LiteralString = """
CREATE SCHEMA IF NOT EXISTS engagement;
CREATE TABLE IF NOT EXISTS engagement.inbox (
    inbox_id text, delivery_id bigint, received_at bigint NOT NULL, body bytea NOT NULL,
    PRIMARY KEY (inbox_id, delivery_id)
);
ALTER TABLE engagement.inbox ALTER COLUMN body SET STORAGE EXTERNAL, ALTER COLUMN body SET STATISTICS 0;
ALTER TABLE engagement.inbox SET (toast_tuple_target = 8160);
CREATE TABLE IF NOT EXISTS engagement.hosts (
    inbox_id text PRIMARY KEY, host text NOT NULL, position bigint NOT NULL, fingerprint text NOT NULL,
    forwarded_at timestamptz NOT NULL, waiting_count bigint NOT NULL
);
CREATE TABLE IF NOT EXISTS engagement.loader (
    one boolean PRIMARY KEY DEFAULT true CHECK (one), host text NOT NULL, process_id integer NOT NULL,
    elected_at timestamptz NOT NULL, beat_at timestamptz NOT NULL, name text NOT NULL
);
CREATE TABLE IF NOT EXISTS engagement.upgrade (from_version integer, to_version integer, percent integer);
CREATE TABLE IF NOT EXISTS engagement.maintenance (
    one boolean PRIMARY KEY DEFAULT true CHECK (one), maintained_at timestamptz NOT NULL, load_id bigint NOT NULL
);
CREATE TABLE IF NOT EXISTS engagement.outcomes (
    outcome text, reason text, delivery_count bigint NOT NULL, PRIMARY KEY (outcome, reason)
);
CREATE TABLE IF NOT EXISTS engagement.lake (
    one boolean PRIMARY KEY DEFAULT true CHECK (one), lake_id uuid NOT NULL
);
CREATE TABLE IF NOT EXISTS engagement.erasure (
    one boolean PRIMARY KEY DEFAULT true CHECK (one), begun_at timestamptz NOT NULL
);
"""


class CatalogError(ConnectionError):
    """PostgreSQL can't be reached, or refuses; the message is one line without a password."""


def require_installed() -> None:
    """Do nothing where psycopg is installed.

    Raises:
        SettingsError: it is not.
    """
    try:
        import psycopg  # noqa: F401, PLC0415 -- an extra
    except ImportError:
        raise SettingsError(MISSING) from None


def connect(catalog: str, name: str, options: str = "") -> Connection:
    """A session, which commits each statement by itself. Whoever has it closes it.

    Args:
        catalog: how libpq reaches the database.
        name: what the session is for, as `pg_stat_activity` shows it.
        options: settings of PostgreSQL for the session.

    Raises:
        CatalogError: there is none to be had.
        SettingsError: psycopg is not installed.
    """
    require_installed()
    import psycopg  # noqa: PLC0415 -- an extra

    try:
        settings = {**OPTIONS, "application_name": name, "options": f"{BOTH_WAYS} {options}"}
        return psycopg.connect(catalog, autocommit=True, **settings)  # type: ignore[arg-type]  # libpq takes any of them
    except psycopg.Error as error:
        raise CatalogError(in_one_line(error)) from None


@contextmanager
def session(catalog: str, name: str) -> Iterator[Connection]:
    """A session during the block.

    Raises:
        CatalogError: as `connect`; or PostgreSQL ends the session, or refuses a statement in the block.
    """
    connection = connect(catalog, name)
    with in_our_words(), connection:
        yield connection


@contextmanager
def kept_session(catalog: str) -> Iterator[Connection]:
    """A session for a short look. It is kept for the next one: to open a session takes as long as ten looks.

    Raises:
        CatalogError: as `session`.
    """
    require_installed()
    import psycopg  # noqa: PLC0415 -- an extra

    idle = _kept.setdefault(catalog, [])
    try:
        connection = idle.pop()
        connection.execute("SELECT 1")
    except (IndexError, psycopg.Error):  # there is none, or PostgreSQL was restarted
        connection = connect(catalog, "engagement", SHORT)
    try:
        with in_our_words():
            yield connection
    except BaseException:
        connection.close()
        raise
    idle.append(connection)


@contextmanager
def in_our_words() -> Iterator[None]:
    """What psycopg raises in the block becomes a `CatalogError`."""
    import psycopg  # noqa: PLC0415 -- an extra

    try:
        yield
    except psycopg.Error as error:
        raise CatalogError(in_one_line(error)) from None


def in_one_line(error: Exception) -> str:
    """What PostgreSQL says."""
    return f"PostgreSQL: {'; '.join(line.strip() for line in str(error).splitlines() if line.strip())}"


def make_tables(connection: Connection) -> None:
    """Make the product's tables where they are missing."""
    found = connection.execute("SELECT to_regclass('engagement.erasure') IS NOT NULL").fetchone()
    if found == (True,):
        return
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [MAKE_TABLES])
        connection.execute(TABLES)


_kept: dict[str, list[Connection]] = {}
