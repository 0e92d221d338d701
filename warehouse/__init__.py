"""The engagement warehouse: a durable inbox, a loader, and the DuckDB file it publishes."""
