"""Storage: the published DuckDB file, its drafts and generations, and how they are read."""
