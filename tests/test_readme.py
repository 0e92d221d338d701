"""The README is tested: its table dictionary, its SQL, and the commands and variables it names."""

import re
import subprocess
from pathlib import Path

import click
import pytest

from ingest import cli as ingest_cli
from tests.kinds import Load, Query, Sample
from warehouse import cli as warehouse_cli
from warehouse.schema import TABLES

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
EXAMPLES = [
    statement.strip()
    for block in re.findall(r"```sql\n(.*?)```", README, re.DOTALL)
    for statement in block.split(";")
    if statement.strip()
]


def test_the_dictionary_says_what_the_files_comments_say() -> None:
    """Each table with its grain, each column with its type and meaning, in the words of the file itself."""
    dictionary = "\n".join(
        f"**`{table.name.removeprefix('main.')}`**: {table.comment}\n\n"
        "| column | type | meaning |\n| --- | --- | --- |\n"
        + "".join(
            f"| `{name}` | {column_type.partition(' USING ')[0]} | {meaning} |\n"
            for name, (column_type, meaning) in table.columns.items()
        )
        for table in TABLES
    )
    assert dictionary in README


@pytest.mark.parametrize("statement", EXAMPLES, ids=lambda statement: statement.splitlines()[0].lstrip("- "))
def test_every_example_runs(statement: str, load: Load, sample: Sample, query: Query) -> None:
    load(sample("time_spent_full"))
    query(statement)


@pytest.mark.parametrize(("program", "group"), [("ingest", ingest_cli.main), ("warehouse", warehouse_cli.main)])
def test_every_command_is_documented(program: str, group: click.Group) -> None:
    for command in group.commands:
        assert f"`{program} {command}" in README


def test_every_variable_of_the_example_environment_is_documented() -> None:
    variables = re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text("utf-8"), re.MULTILINE)
    assert len(variables) > 5
    for variable in variables:
        assert f"`{variable}`" in README


def test_every_verb_of_the_makefile_that_the_readme_names_exists() -> None:
    verbs = set(re.findall(r"`make ([a-z]+)", README))
    assert verbs
    for verb in verbs:
        subprocess.run(["make", "--dry-run", verb], cwd=ROOT, check=True, capture_output=True)
