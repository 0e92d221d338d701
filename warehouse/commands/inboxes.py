"""The inboxes that the settings name: what the loader reads."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

from warehouse.inbox.shared_inbox import SharedInbox
from warehouse.inbox.source import Inboxes
from warehouse.inbox.sqlite_queue import Inbox
from warehouse.postgres import kept_session, make_tables
from warehouse.settings import WarehouseSettings


@contextmanager
def opened(settings: WarehouseSettings) -> Iterator[Inboxes | None]:
    """The inbox of this host, or those of all hosts of a lake; None where there is none yet."""
    if settings.lake:
        with kept_session(settings.lake.catalog) as postgres:
            make_tables(postgres)
            yield SharedInbox(postgres)
        return
    if not settings.inbox_path.exists():
        yield None
        return
    with closing(Inbox(settings.inbox_path)) as inbox:
        yield inbox
