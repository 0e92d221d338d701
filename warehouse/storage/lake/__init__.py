"""The warehouse as a DuckLake: its catalog in PostgreSQL, its data as Parquet in a folder or on object storage.

- `lake_storage`: all of this as one storage
- `address`: how DuckDB reaches it: extensions, attachment
- `access`: keys and address of object storage
- `bucket`: questions about the bucket itself, which DuckDB can't ask
- `old_versions`: old versions of objects, which no erasure reaches
- `lock`: one writer at a time, among all hosts
- `publish`: a load is one transaction
- `reader`: read-only connections, each to one snapshot
- `maintenance`: small files are merged, old snapshots and their files removed
- `forget`: after an erasure, nothing older than the current snapshot is left
"""
