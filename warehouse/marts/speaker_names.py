"""Names of speakers, which Zuddl does not send, from the user's `speakers.csv`.

The file is optional, and made with a spreadsheet or by hand. Whatever is in it, the warehouse is published: a line that
can't be used is named, and skipped.
"""

import csv
import logging
import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import polars as pl
from duckdb import DuckDBPyConnection

from warehouse.limits import MAX_CHARACTERS

HEADER = ("speaker_id", "speaker_name")
DELIMITERS = ",;\t|"
MAX_BYTES = 16 * 1024 * 1024
MAX_PROBLEMS = 20

# The id as it stands in the file counts first, then the same id in other case: spreadsheets write UUIDs in capitals.
APPLY = """
CREATE TEMP TABLE named_speakers AS
    SELECT speaker_id, coalesce(exact.speaker_name, any_case.speaker_name) AS speaker_name
    FROM (SELECT DISTINCT speaker_id, lower(speaker_id) AS lower_id FROM main.session_speakers)
    LEFT JOIN speaker_names AS exact USING (speaker_id)
    LEFT JOIN (
        SELECT lower(speaker_id) AS lower_id, last(speaker_name) AS speaker_name FROM speaker_names GROUP BY ALL
    ) AS any_case USING (lower_id);
DELETE FROM main.speakers;
INSERT INTO main.speakers SELECT speaker_id, speaker_name FROM named_speakers ORDER BY speaker_id;
DROP TABLE named_speakers;
UPDATE main.speaker_engagement AS engagement SET speaker_name = speakers.speaker_name
    FROM main.speakers
    WHERE speakers.speaker_id = engagement.speaker_id
    AND speakers.speaker_name IS DISTINCT FROM engagement.speaker_name;
"""

log = logging.getLogger(__name__)


class Names(NamedTuple):
    """Names by speaker id, and what is wrong with the file: sentences, with the number of the line they are about."""

    names: dict[str, str]
    problems: list[str]


def read(path: Path) -> Names:
    """The names in the file; none when there is no file. It never fails.

    Read are UTF-8, UTF-16 and Windows-1252, with any usual separator, and the two columns in any place.
    """
    try:
        if path.exists() and not path.is_file():
            return Names({}, [f"{path.name} is no file: no speaker has a name"])
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return Names({}, [])
    except OSError as error:
        return Names({}, [f"{path.name} can't be read ({error.strerror}): no speaker has a name"])
    if len(content) > MAX_BYTES:
        return Names({}, [f"{path.name} is larger than {MAX_BYTES:,} bytes: no speaker has a name"])
    return _shortened(_read_lines(_lines(content)))


def apply(connection: DuckDBPyConnection, path: Path) -> None:
    """Write `speakers` again from the sessions and the file, and update the names in `speaker_engagement`."""
    names, problems = read(path)
    for problem in problems:
        log.warning("%s: %s", path.name, problem)
    columns = [pl.Series(list(names), dtype=pl.String), pl.Series(list(names.values()), dtype=pl.String)]
    connection.register("speaker_names", pl.DataFrame(columns, schema=list(HEADER)))
    connection.execute(APPLY)
    connection.unregister("speaker_names")


def _lines(content: bytes) -> list[str]:
    if content.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        content = content.decode("utf-16", errors="replace").encode()
    elif content[1:2] == b"\0":  # UTF-16 without a byte order mark: the header begins with an ASCII character
        content = content.decode("utf-16-le", errors="replace").encode()
    elif content[:1] == b"\0":
        content = content.decode("utf-16-be", errors="replace").encode()
    return [_decoded(line) for line in content.removeprefix(BOM_UTF8).splitlines()]


def _decoded(line: bytes) -> str:
    """One line as text: a single line in another encoding must not garble the names in all others."""
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line.decode("cp1252", errors="replace")


def _read_lines(lines: Sequence[str]) -> Names:
    """Each line by itself: a quote that is not closed would otherwise swallow the rest of the file."""
    names: dict[str, str] = {}
    problems: list[str] = []
    named_in: dict[str, int] = {}
    columns: list[str] = []
    delimiter = ""
    for number, line in enumerate(lines, 1):
        if not line.strip() or (number == 1 and re.match(r'"?sep=', line)):
            continue
        if not columns:
            delimiter, columns = _header(line)
            if not columns:
                return Names({}, [f"line {number} must name the columns {' and '.join(HEADER)}: no speaker has a name"])
            continue
        fields = _fields(line, delimiter)
        if fields and not any(fields):
            continue
        if problem := _problem(fields, columns):
            problems.append(f"line {number} {problem}; it is skipped")
            continue
        speaker_id, name = (fields[columns.index(column)] for column in HEADER)
        if names.get(speaker_id, name) != name:
            problems.append(
                f"line {number} names the speaker of line {named_in[speaker_id]} again; the later name counts"
            )
        names[speaker_id] = name
        named_in[speaker_id] = number
    return Names(names, problems)


def _header(line: str) -> tuple[str, list[str]]:
    """The separator, and the names of the columns in lower case; no columns where the two are not among them."""
    for delimiter in DELIMITERS:
        columns = [field.lower() for field in _fields(line, delimiter)]
        if all(columns.count(column) == 1 for column in HEADER):
            return delimiter, columns
    return "", []


def _fields(line: str, delimiter: str) -> list[str]:
    """The fields of a line without blanks around them; none when a quote is not closed, or a field is too large."""
    if line.count('"') % 2:
        return []
    try:
        [fields] = csv.reader([line], delimiter=delimiter, skipinitialspace=True)
    except csv.Error:
        return []
    return [field.strip() for field in fields]


def _problem(fields: list[str], columns: list[str]) -> str | None:
    if not fields:
        return "has a quote that is not closed, or a text that is too long"
    if len(fields) != len(columns):
        return f"has {len(fields)} fields instead of {len(columns)}"
    used = [fields[columns.index(column)] for column in HEADER]
    if not all(used):
        return "does not hold an id and a name"
    if max(map(len, used)) > MAX_CHARACTERS:
        return f"has a text of more than {MAX_CHARACTERS:,} characters"
    if any("\0" in field or "\N{REPLACEMENT CHARACTER}" in field for field in used):
        return "holds characters that can't be read"
    return None


def _shortened(found: Names) -> Names:
    more = len(found.problems) - MAX_PROBLEMS
    if more <= 0:
        return found
    return found._replace(problems=[*found.problems[:MAX_PROBLEMS], f"{more:,} more lines can't be used"])
