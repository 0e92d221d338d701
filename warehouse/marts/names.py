"""Names of speakers and sponsors, which Zuddl does not send, from the user's `speakers.csv` and `sponsors.csv`.

The files are optional, and made with a spreadsheet or by hand. Whatever is in them, the warehouse is published: a line
that can't be used is named, and skipped.
"""

import csv
import logging
import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from duckdb import DuckDBPyConnection

from warehouse.limits import MAX_CHARACTERS

DELIMITERS = ",;\t|"
MAX_BYTES = 16 * 1024 * 1024
MAX_PROBLEMS = 20

# The id as it stands in the file counts first, then the same id in other case: spreadsheets write UUIDs in capitals.
APPLY = """
CREATE TEMP TABLE named AS
    SELECT {id}, coalesce(exact.{name}, any_case.{name}) AS {name}
    FROM (SELECT DISTINCT {id}, lower({id}) AS lower_id FROM main.session_{things})
    LEFT JOIN names AS exact USING ({id})
    LEFT JOIN (SELECT lower({id}) AS lower_id, last({name}) AS {name} FROM names GROUP BY ALL) AS any_case
        USING (lower_id);
DELETE FROM main.{things};
INSERT INTO main.{things} SELECT {id}, {name} FROM named ORDER BY {id};
DROP TABLE named;
UPDATE main.{thing}_engagement AS engagement SET {name} = {things}.{name}
    FROM main.{things}
    WHERE {things}.{id} = engagement.{id} AND {things}.{name} IS DISTINCT FROM engagement.{name};
DROP TABLE names;
"""

log = logging.getLogger(__name__)


class NameFile(NamedTuple):
    """One of the files: what it names, in the singular."""

    thing: str

    @property
    def name(self) -> str:
        """The file's own name."""
        return f"{self.thing}s.csv"

    @property
    def header(self) -> tuple[str, str]:
        """The columns that it must have: the id, and the name."""
        return f"{self.thing}_id", f"{self.thing}_name"


SPEAKERS, SPONSORS = NAME_FILES = (NameFile("speaker"), NameFile("sponsor"))


NOTHING_KEPT: Mapping[NameFile, Mapping[str, str]] = MappingProxyType({})


class Names(NamedTuple):
    """Names by id, and what is wrong with the file: sentences, with the number of the line they are about."""

    names: dict[str, str]
    problems: list[str]


def read(file: NameFile, folder: Path) -> Names:
    """The names in the file of this folder; none when there is no file. It never fails.

    Read are UTF-8, UTF-16 and Windows-1252, with any usual separator, and the two columns in any place.
    """
    path, consequence = folder / file.name, f"no {file.thing} has a name"
    try:
        if path.exists() and not path.is_file():
            return Names({}, [f"{path.name} is no file: {consequence}"])
        with path.open("rb") as opened:
            content = opened.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return Names({}, [])
    except OSError as error:
        return Names({}, [f"{path.name} can't be read ({error.strerror}): {consequence}"])
    if len(content) > MAX_BYTES:
        return Names({}, [f"{path.name} is larger than {MAX_BYTES:,} bytes: {consequence}"])
    return _shortened(_read_lines(file, _lines(content)))


def read_all(folder: Path) -> dict[NameFile, Names]:
    """What each file of this folder says."""
    return {file: read(file, folder) for file in NAME_FILES}


def stored(connection: DuckDBPyConnection) -> dict[NameFile, dict[str, str]]:
    """The names that a warehouse has."""
    return {
        file: dict(
            connection.sql(
                f"SELECT {', '.join(file.header)} FROM main.{file.thing}s WHERE {file.header[1]} IS NOT NULL"
            ).fetchall()
        )
        for file in NAME_FILES
    }


def apply(
    connection: DuckDBPyConnection, folder: Path, kept: Mapping[NameFile, Mapping[str, str]] = NOTHING_KEPT
) -> None:
    """Write `speakers` and `sponsors` again from sessions and files, and update the names of their figures.

    `kept` are the names that stay where there is no file: of several hosts, one may have it.
    """
    for file, (names, problems) in read_all(folder).items():
        if file in kept and not (folder / file.name).exists():
            names = dict(kept[file])  # noqa: PLW2901 -- instead of none
        for problem in problems:
            log.warning("%s: %s", file.name, problem)
        identity, name = file.header
        connection.execute(
            f"CREATE TEMP TABLE names AS SELECT unnest($1::VARCHAR[]) AS {identity}, unnest($2::VARCHAR[]) AS {name}",
            [list(names), list(names.values())],
        )
        connection.execute(APPLY.format(thing=file.thing, things=f"{file.thing}s", id=identity, name=name))


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


def _read_lines(file: NameFile, lines: Sequence[str]) -> Names:
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
            delimiter, columns = _header(file, line)
            if not columns:
                wanted = f"line {number} must name the columns {' and '.join(file.header)}"
                return Names({}, [f"{wanted}: no {file.thing} has a name"])
            continue
        fields = _fields(line, delimiter)
        if fields and not any(fields):
            continue
        if problem := _problem(file, fields, columns):
            problems.append(f"line {number} {problem}; it is skipped")
            continue
        identity, name = (fields[columns.index(column)] for column in file.header)
        if names.get(identity, name) != name:
            problems.append(
                f"line {number} names the {file.thing} of line {named_in[identity]} again; the later name counts"
            )
        names[identity] = name
        named_in[identity] = number
    return Names(names, problems)


def _header(file: NameFile, line: str) -> tuple[str, list[str]]:
    """The separator, and the names of the columns in lower case; no columns where the two are not among them."""
    for delimiter in DELIMITERS:
        columns = [field.lower() for field in _fields(line, delimiter)]
        if all(columns.count(column) == 1 for column in file.header):
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


def _problem(file: NameFile, fields: list[str], columns: list[str]) -> str | None:
    if not fields:
        return "has a quote that is not closed, or a text that is too long"
    if len(fields) != len(columns):
        return f"has {len(fields)} fields instead of {len(columns)}"
    used = [fields[columns.index(column)] for column in file.header]
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
