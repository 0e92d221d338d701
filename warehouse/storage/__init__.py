"""Storage: where a warehouse is, how its next generation is made and published, and how it is read.

Only this package knows how a warehouse is stored. Everything else has connections whose current database is called
`warehouse`.

- `protocol`: what every storage offers
- `file`: one DuckDB file
- `lake`: a DuckLake, for several hosts
- `errors`: what is wrong with a warehouse
- `one_line`: what DuckDB says, in one line
- `versions`: its schema version, and this program's
- `enough_memory`: a second attempt with more memory
- `append`: rows into a table
- `repeat_policy`: the policy that shaped a warehouse's figures
- `load_log`: one row for each load, and the watermark of each inbox
- `duckdb_pool`: DuckDB instances that are used again
"""

from warehouse.settings import WarehouseSettings
from warehouse.storage.file.file_storage import FileStorage
from warehouse.storage.lake.lake_storage import LakeStorage
from warehouse.storage.protocol import Generation, Storage

__all__ = ["FileStorage", "Generation", "LakeStorage", "Storage", "storage_of"]


def storage_of(settings: WarehouseSettings) -> Storage:
    """The storage that the settings name."""
    return LakeStorage(settings.lake) if settings.lake else FileStorage(settings.warehouse_path)
