"""`make docs`: the table dictionary, printed from the schema. `warehouse/schema/README.md` is a copy of it."""

from warehouse.schema import MARTS, RAW, SCHEMA_VERSION, VIEWS
from warehouse.schema.staging import STAGING
from warehouse.schema.surrogate_keys import SURROGATE_KEYS
from warehouse.schema.table import Table

HEAD = f"""# Table dictionary

`make docs` writes this page from the Python files beside it, and a test compares the two. The DuckDB file carries the
same texts as comments: `select table_name, comment from duckdb_tables()`. `people` is a view: look into
`duckdb_views()` for it. This is schema version {SCHEMA_VERSION}.

- Ids are text, as Zuddl sends them. Their names end in `_id`.
- Times are UTC and end in `_at`. Counts end in `_count`. A name carries its unit, as `total_minutes` does.
- `raw` and `main` are for analysts. `main` is the default schema, so its name can be left out.
- `staging` and `surrogate_keys` serve loader and dashboard. They may change with any release.
"""
SCHEMAS = {
    "main: facts and figures": (*MARTS, *VIEWS),
    "raw: what was received, and its loads": RAW,
    "staging: what the payloads say, typed": STAGING,
    "surrogate_keys: attendances with integers instead of ids": SURROGATE_KEYS,
}


def dictionary() -> str:
    """The page, as Markdown."""
    parts = [HEAD]
    for title, tables in SCHEMAS.items():
        parts += [f"## {title}\n", *(_section(table) for table in tables)]
    return "\n".join(parts)


def _section(table: Table) -> str:
    rows = "".join(f"| `{column.name}` | {column.type} | {column.meaning} |\n" for column in table.columns)
    name = table.name.removeprefix("main.")
    return f"### `{name}`\n\n{table.comment}\n\n| column | type | meaning |\n| --- | --- | --- |\n{rows}"


if __name__ == "__main__":
    print(dictionary(), end="")
