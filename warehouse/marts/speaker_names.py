"""Names of speakers, which Zuddl does not send, from the user's `speakers.csv`."""

import csv
import logging
from pathlib import Path

import polars as pl
from duckdb import DuckDBPyConnection

HEADER = ["speaker_id", "speaker_name"]

log = logging.getLogger(__name__)


def read_names(path: Path) -> dict[str, str]:
    """Name by speaker id; empty when there is no file. Lines that can't be used are logged and skipped."""
    try:
        text = path.read_text(encoding="utf-8-sig", errors="replace")
    except FileNotFoundError:
        return {}
    rows = csv.reader(text.splitlines())
    header = next(rows, [])
    if [field.strip() for field in header] != HEADER:
        log.warning("%s: the first line must be %s; no name is used", path, ",".join(HEADER))
        return {}
    names: dict[str, str] = {}
    for row in rows:
        fields = [field.strip() for field in row]
        if not any(fields):
            continue
        if len(fields) != len(HEADER) or not all(fields):
            log.warning("%s: line %d does not hold an id and a name; skipped", path, rows.line_num)
            continue
        names[fields[0]] = fields[1]
    return names


def apply_names(connection: DuckDBPyConnection, names: dict[str, str]) -> None:
    """Write `speakers` again from the sessions and the names, and update the names in `speaker_engagement`."""
    columns = [pl.Series(list(names), dtype=pl.String), pl.Series(list(names.values()), dtype=pl.String)]
    connection.register("speaker_names", pl.DataFrame(columns, schema=HEADER))
    connection.execute("""
        DELETE FROM main.speakers;
        INSERT INTO main.speakers
            SELECT speaker_id, speaker_name
            FROM (SELECT DISTINCT speaker_id FROM main.session_speakers) LEFT JOIN speaker_names USING (speaker_id)
            ORDER BY speaker_id;
        UPDATE main.speaker_engagement AS engagement SET speaker_name = speakers.speaker_name
            FROM main.speakers
            WHERE speakers.speaker_id = engagement.speaker_id
            AND speakers.speaker_name IS DISTINCT FROM engagement.speaker_name;
    """)
    connection.unregister("speaker_names")
