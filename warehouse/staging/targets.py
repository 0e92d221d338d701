"""Targets: where an action happened and what it is about, and the lead that it carries. JSON text to typed rows."""

import json

import polars as pl
from duckdb import DuckDBPyConnection

from warehouse.limits import MAX_CHARACTERS
from warehouse.staging import fields
from warehouse.staging.ask import ask
from warehouse.staging.fields import LEAD_FIELDS, NAMES, PLACES, SUBJECTS

OBJECT = {"object": json.dumps(dict.fromkeys(("id", *NAMES.values()), "JSON"))}
TITLE = " ".join(f"WHEN '{name}' THEN object.{title}" for name, title in NAMES.items())
OBJECTS = f"""
WITH parsed AS (SELECT target_version, kind, TRY(json_transform(text, $object)) AS object FROM texts),
titled AS (
    SELECT *, id_or_null(text_of(object.id)) AS id, CASE kind {TITLE} END AS title_json, text_of(title_json) AS title
    FROM parsed
)
SELECT target_version, kind, id, text_or_null(title) AS name,
       id IS NULL OR strlen(title_json) > {MAX_CHARACTERS} OR (title IS NULL AND title_json <> 'null') AS is_suspect
FROM titled
"""

LEAD = {"lead": json.dumps({field.name.removeprefix("lead."): "JSON" for field in LEAD_FIELDS})}
LEADS = f"""
WITH parsed AS (SELECT target_version, TRY(json_transform(text, $lead)) AS lead FROM texts),
in_words AS (SELECT *, {fields.texts(LEAD_FIELDS)} FROM parsed),
read AS (SELECT *, {fields.values(LEAD_FIELDS)} FROM in_words)
SELECT target_version, {fields.columns(LEAD_FIELDS)}, {fields.suspicion(LEAD_FIELDS)} AS is_suspect FROM read
"""


def parse_targets(connection: DuckDBPyConnection, texts: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """The targets that these deliveries refer to.

    Returns:
        One row each: `target_version`, type, id and name of the place and of the subject, the columns of `LEAD_FIELDS`,
        and `is_suspect`.
    """
    targets = texts.join(rows, on="target_version", how="semi", maintain_order="left")
    sent = targets.unpivot(index="target_version", variable_name="kind", value_name="text")
    sent = sent.filter(pl.col("text") != "null")
    objects = ask(connection, OBJECTS, OBJECT, texts=sent)
    leads = ask(connection, LEADS, LEAD, texts=sent.filter(pl.col("kind") == "lead"))
    suspects = pl.concat([objects, leads], how="diagonal").filter("is_suspect").select("target_version").unique()
    return (
        targets.select("target_version")
        .join(_first(objects, PLACES, "place"), on="target_version", how="left", maintain_order="left")
        .join(_first(objects, SUBJECTS, "subject"), on="target_version", how="left", maintain_order="left")
        .join(leads.drop("is_suspect"), on="target_version", how="left", maintain_order="left")
        .join(suspects.with_columns(is_suspect=True), on="target_version", how="left", maintain_order="left")
    )


def _first(objects: pl.DataFrame, kinds: dict[str, str], prefix: str) -> pl.DataFrame:
    """Of each target the first object of these kinds that has an id."""
    kind = pl.col("kind")
    order = kind.replace_strict(list(kinds), range(len(kinds)), return_dtype=pl.Int64, default=None)
    return (
        objects.with_columns(order=order)
        .filter(pl.col("order").is_not_null() & pl.col("id").is_not_null())
        .sort("order")
        .unique("target_version", keep="first", maintain_order=True)
        .select(
            "target_version",
            kind.replace_strict(kinds, return_dtype=pl.String).alias(f"{prefix}_type"),
            pl.col("id").alias(f"{prefix}_id"),
            pl.col("name").alias(f"{prefix}_name"),
        )
    )
