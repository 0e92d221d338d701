"""The warehouse as one DuckDB file: how the next one is made and published, and how it is read.

- `file_storage`: all of this as one storage
- `files`: the published file, the one before it, and the draft of the next
- `copying`: a copy of a file
- `swap`: two files exchange their names
- `foreign`: what other DuckDB clients leave beside the files, and how it is set aside
- `publish`: a draft is filled and replaces the published file
- `reader`: read-only connections to the published file
- `lock`: one writer at a time
- `upgrading`: an upgrade under way
"""
