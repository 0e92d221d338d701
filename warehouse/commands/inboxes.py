"""The inboxes that the settings name: what the loader reads."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

from warehouse.inbox.source import Inboxes
from warehouse.inbox.sqlite_queue import Inbox
from warehouse.settings import WarehouseSettings


@contextmanager
def opened(settings: WarehouseSettings) -> Iterator[Inboxes | None]:
    """The inboxes; None where there is none yet."""
    if not settings.inbox_path.exists():
        yield None
        return
    with closing(Inbox(settings.inbox_path)) as inbox:
        yield inbox
