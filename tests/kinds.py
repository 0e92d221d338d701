"""The types of the fixtures that tests share."""

from collections.abc import Callable
from typing import Any, Protocol

from warehouse.settings import WarehouseSettings
from warehouse.storage.load_log import Load as LoggedLoad

Payload = dict[str, Any]
Query = Callable[[str], list[tuple[Any, ...]]]
Action = Callable[..., Payload]
Happened = Callable[..., Payload]
NewSettings = Callable[[str], WarehouseSettings]
Sample = Callable[[str], bytes]


class Load(Protocol):
    """Accepts bodies, or payloads, and publishes them in one load."""

    def __call__(self, *deliveries: bytes | Payload) -> LoggedLoad: ...
