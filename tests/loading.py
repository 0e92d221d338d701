"""A load as it happens in either storage: a lake's is of what its hosts have forwarded."""

from warehouse.commands.inboxes import opened
from warehouse.commands.load import load
from warehouse.inbox.forward import forward
from warehouse.inbox.sqlite_queue import Inbox
from warehouse.limits import DEFAULT_LIMITS, Limits
from warehouse.postgres import make_tables, session
from warehouse.settings import WarehouseSettings
from warehouse.storage.load_log import Load


def load_waiting(inbox: Inbox, settings: WarehouseSettings, limits: Limits = DEFAULT_LIMITS) -> Load:
    """Publish what waits in the inbox, in one load as far as the limits allow."""
    if not settings.lake:
        return load(inbox, settings, limits)
    with session(settings.lake.catalog, "forwarder") as postgres:
        make_tables(postgres)
        for _ in range(2):  # an inbox that is a copy forwards nothing at first
            while forward(inbox, postgres, "a-host").delivery_count:
                pass
    with opened(settings) as inboxes:
        assert inboxes
        return load(inboxes, settings, limits)
