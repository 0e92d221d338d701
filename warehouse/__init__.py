"""The engagement warehouse: a durable inbox, a loader, and the DuckDB file that it publishes.

The floors, from the top down; imports go downwards only:

- `cli`: the command line
- `commands`: a module for each verb that does more than one call
- `pipeline`: read, split, parse, deduplicate, store, refresh
- `staging` and `marts`: from bytes to typed rows, and from typed rows to figures
- `storage` and `inbox`: the DuckDB file, and the SQLite queue before it
- `schema`: all tables
- `settings`, `limits`, `logs`, `fsync`, `file_access`: what all of them use
"""
