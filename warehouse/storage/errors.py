"""What is wrong with a warehouse, wherever it is stored."""


class WarehouseMissing(Exception):
    """Nothing has been published yet. The message says where."""


class OtherVersion(Exception):
    """The warehouse has another schema version than this program; the message says what to do."""


class OlderVersion(OtherVersion):
    """An older one; a rebuild upgrades it."""


class NewerVersion(OtherVersion):
    """A newer one, which this program does not know."""


class NoWarehouse(OtherVersion):
    """None at all: another DuckDB client made what is there, or removed our tables from it."""


class Superseded(Exception):
    """Another generation is published than the one asked for."""


class LoaderBusy(Exception):
    """Another process is writing the warehouse, and did not end in time. The message says where."""


class DamagedWarehouse(Exception):
    """What the latest generation is stored in is cut short, overwritten, or no warehouse."""

    def __init__(self, address: str, why: str) -> None:
        super().__init__(f"{address}: {why}")
        self.address = address
