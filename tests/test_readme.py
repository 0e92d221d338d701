"""The documents are tested: the table dictionary, the SQL, the links, and the commands and variables they name."""

import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

from dashboard import cli as dashboard_cli
from ingest import cli as ingest_cli
from tests.kinds import Action, Load, Query, Sample
from warehouse import cli as warehouse_cli
from warehouse.settings import NAMES, WarehouseSettings

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
PACKAGES = ("dashboard", "ingest", "warehouse")
DOCUMENTS = [ROOT / "README.md", *sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.md"))]
TEXT = "\n".join(document.read_text("utf-8") for document in DOCUMENTS)
MAX_BYTES_OF_THE_FIRST = 9_000

EXAMPLES = [
    statement.strip()
    for block in re.findall(r"```sql\n(.*?)```", TEXT, re.DOTALL)
    for statement in block.split(";")
    if statement.strip()
] + re.findall(r'^make sql Q="([^"]+)"$', TEXT, re.MULTILINE)
LINKS = [
    (document, link)
    for document in DOCUMENTS
    for link in re.findall(r"\]\(([^)]+)\)", document.read_text("utf-8"))
    if not link.startswith("https:")
]


def anchors(document: Path) -> set[str]:
    """The names that GitHub gives to a document's headings."""
    headings = re.findall(r"^#+ (.+)$", document.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def variables_in_code() -> set[str]:
    """The environment variables that a settings module reads."""
    code = "".join((ROOT / package / "settings.py").read_text("utf-8") for package in PACKAGES)
    return set(re.findall(r'\benv(?:\.get\(|, )"([A-Z_]+)"', code))


def test_the_first_readme_can_be_read_in_one_sitting() -> None:
    assert len((ROOT / "README.md").read_bytes()) <= MAX_BYTES_OF_THE_FIRST


def test_the_dictionary_says_what_the_schema_says() -> None:
    """After a change of the schema, `make docs` writes it again."""
    made = subprocess.run([sys.executable, ".make/dictionary.py"], cwd=ROOT, check=True, capture_output=True)
    assert (ROOT / "warehouse" / "schema" / "README.md").read_text("utf-8") == made.stdout.decode()


@pytest.mark.parametrize("statement", EXAMPLES, ids=lambda statement: statement.splitlines()[0].lstrip("- "))
def test_every_example_runs(statement: str, load: Load, sample: Sample, query: Query) -> None:
    load(sample("time_spent_full"))
    query(statement)


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Pacific/Auckland"])
def test_every_example_answers_the_same_in_any_time_zone(
    zone: str, load: Load, action: Action, settings: WarehouseSettings
) -> None:
    """As text, in DuckDB's own shell, whose time zone is the machine's."""
    times = {"startDateTime": "2025-09-18T01:00:00Z", "endDateTime": "2025-09-18T11:30:00Z"}
    later = {"startDateTime": "2025-09-18T13:00:00Z", "endDateTime": "2025-09-18T14:00:00Z"}
    load(
        *(
            action(f"attendee-{number}", "talk", number, title="Keynote", tags=["data"], **times)
            for number in range(25)
        ),
        *(action("ann", "late", 40, title="Late", speakers=[{"speakerId": "sue"}], event="two", **later),),
        b"no json",
    )

    def answers(time_zone: str, *statements: str) -> str:
        shell = [str(BIN / "duckdb"), "-readonly", "-csv", str(settings.warehouse_path)]
        questions = [word for statement in statements for word in ("-c", f"{statement};")]
        env = {"TZ": time_zone, "HOME": "/"}
        return subprocess.check_output([*shell, *questions], env=env, text=True)

    careless = "select min(starts_at)::date from sessions where event_id = '{}'".format(
        "conf" if zone.startswith("America") else "two"
    )
    assert answers(zone, careless) != answers("UTC", careless)
    assert answers(zone, *EXAMPLES) == answers("UTC", *EXAMPLES)


@pytest.mark.parametrize(
    ("program", "group"),
    [("dashboard", dashboard_cli.main), ("ingest", ingest_cli.main), ("warehouse", warehouse_cli.main)],
)
def test_every_command_is_in_the_table_of_its_package(program: str, group: click.Group) -> None:
    text = (ROOT / program / "README.md").read_text("utf-8")
    for command in group.list_commands(click.Context(group)):
        assert f"\n| `{program} {command}" in text


@pytest.mark.parametrize("variable", sorted(variables_in_code()))
def test_every_variable_of_the_code_is_documented(variable: str) -> None:
    assert f"`{variable}`" in TEXT


def test_the_example_environment_has_every_variable_of_the_code_and_no_other() -> None:
    variables = re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text("utf-8"), re.MULTILINE)
    assert len(variables) > 10
    assert set(variables) == variables_in_code() == NAMES


def test_every_verb_of_the_makefile_that_a_readme_names_exists() -> None:
    verbs = set(re.findall(r"(?:`|^)make ([a-z]+)", TEXT, re.MULTILINE))
    assert {"demo", "docs", "sql"} <= verbs
    for verb in verbs:
        subprocess.run(["make", "--dry-run", verb], cwd=ROOT, check=True, capture_output=True)


@pytest.mark.parametrize(("document", "link"), LINKS, ids=lambda value: str(value).removeprefix(f"{ROOT}/"))
def test_every_link_leads_to_a_file_and_a_heading(document: Path, link: str) -> None:
    path, _, anchor = link.partition("#")
    target = (document.parent / path).resolve() if path else document
    assert target.exists()
    assert not anchor or anchor in anchors(target)


@pytest.mark.parametrize("program", PACKAGES)
def test_version_says_the_release_that_the_changelog_begins_with(program: str) -> None:
    [release, *_] = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    said = subprocess.run([BIN / program, "--version"], check=True, capture_output=True, text=True).stdout
    assert said == f"{program}, version {release}\n"
