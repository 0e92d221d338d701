"""The version of the warehouse's tables. It stands apart, so that the receiver can name it without loading DuckDB."""

SCHEMA_VERSION = 11
