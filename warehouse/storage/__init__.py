"""Storage: the DuckDB file, how the next one is made and published, and how it is read.

Only this package knows the names of the files, and that the attached database is called `warehouse`. A DuckLake would
replace this package and nothing else.

- `files`: the published file, the one before it, and the draft of the next
- `copying`: a copy of a file
- `swap`: two files exchange their names
- `foreign`: what other DuckDB clients leave beside the files, and how it is set aside
- `publish`: a draft is filled and replaces the published file
- `lock`: one writer at a time
- `append`: rows into a table
- `repeat_policy`: the policy that shaped a file's figures
- `load_log`: one row for each load, and the watermark of each inbox
- `reader`: read-only connections to the published file
- `duckdb_pool`: DuckDB instances that are used again
"""
