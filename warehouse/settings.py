"""Settings of the warehouse. Commands read them once from the environment and pass them in."""

import io
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Literal

import click
from dotenv.parser import Binding, parse_stream

# Every setting of the product. A name in `.env` that is almost one of these is a mistake.
NAMES = frozenset(
    {
        "DASHBOARD_ALLOWED",
        "DASHBOARD_EMAIL_VERIFIED_OPTIONAL",
        "DASHBOARD_HOST",
        "DASHBOARD_OPEN",
        "DASHBOARD_PORT",
        "DASHBOARD_SHOW_PII",
        "DASHBOARD_SQL",
        "DATA_DIR",
        "HOST",
        "INBOX_RETENTION_DAYS",
        "MAX_BODY_BYTES",
        "PORT",
        "REPEAT_POLICY",
        "SET_ASIDE_MAX_BYTES",
        "WAREHOUSE",
        "WAREHOUSE_DATA",
        "ZUDDL_AUTH_HEADER",
        "ZUDDL_SIGNATURE_SCHEME",
        "ZUDDL_WEBHOOK_SECRET",
        "ZUDDL_WEBHOOK_SECRET_FILE",
    }
)
# How much alike two names are, from 0 to 1: one letter more or less in eight.
ALIKE = 0.85

LAKE = "ducklake:postgres:"
# In a list of `name=value`, or in a URL: `postgresql://user:password@host/database`.
PASSWORD = re.compile(r"\bpassword\s*=|://[^/@]*:[^/@]*@", re.IGNORECASE)

RepeatPolicy = Literal["latest", "sum"]


class SettingsError(click.ClickException):
    """A variable is missing or wrong; the message names it and says what would be right.

    A command that meets it prints the message and ends with status 1.
    """


def read_environment(file: Path = Path(".env")) -> dict[str, str]:
    """Variables of `.env` in the working directory; variables of the real environment win.

    Raises:
        SettingsError: there is a `.env`, but it can't be read.
    """
    return {**read_env_file(file), **os.environ}


def read_env_file(file: Path) -> dict[str, str]:
    """The variables of an environment file as they stand in it; none where there is no file.

    Raises:
        SettingsError: it can't be read, is no UTF-8 text, has a line that is no `NAME=value`, has a name twice, or a
            misspelt one.
    """
    try:
        text = file.read_text("utf-8-sig")  # an editor on Windows may begin the file with a byte order mark
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise SettingsError(f"{file} can't be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{file} is no UTF-8 text; save it as UTF-8") from None
    if "\0" in text:  # UTF-16 without its mark
        raise SettingsError(f"{file} is no UTF-8 text; save it as UTF-8")
    # The parser alone: the rest of python-dotenv would replace `${...}`, which may stand in a secret.
    lines = list(parse_stream(io.StringIO(text)))
    for line in lines:
        if line.error:
            raise SettingsError(f"{file}, line {_line_number(line)}: not NAME=value, or a quote is not closed")
    assigned = [line for line in lines if line.key is not None and line.value is not None]
    numbers: dict[str, int] = {}
    for line in assigned:
        name, number = str(line.key), _line_number(line)
        if name in numbers:
            raise SettingsError(f"{file}, line {number}: {name} stands in line {numbers[name]} already")
        if meant := meant_by(name):
            raise SettingsError(f"{file}, line {number}: {name} is no setting; {meant} is one")
        numbers[name] = number
    return {str(line.key): str(line.value) for line in assigned}


def _line_number(line: Binding) -> int:
    """The number of the line with the name: the parser counts the blank lines before it as part of it."""
    text = line.original.string
    return line.original.line + text[: len(text) - len(text.lstrip())].count("\n")


def meant_by(name: str) -> str | None:
    """The setting that a name almost is; None where it is one, or like none."""
    if name in NAMES:
        return None
    return next(iter(get_close_matches(name.upper(), sorted(NAMES), n=1, cutoff=ALIKE)), None)


def whole_number(env: Mapping[str, str], name: str, default: int, *, minimum: int, maximum: int) -> int:
    """The variable as an int between two bounds.

    Raises:
        SettingsError: it is no whole number, or out of bounds.
    """
    text = env.get(name, "").strip() or str(default)
    if not (text.isascii() and text.isdecimal() and minimum <= int(text) <= maximum):
        raise SettingsError(f"{name} must be a whole number from {minimum} to {maximum}, not {text!r}")
    return int(text)


@dataclass(frozen=True)
class LakeSettings:
    """A DuckLake: how libpq reaches its catalog in PostgreSQL, and the folder or bucket of its data."""

    catalog: str
    data: str

    @property
    def address(self) -> str:
        """As people read it. It holds no password: `WAREHOUSE` may have none."""
        return f"{LAKE}{self.catalog}, {self.data}"


@dataclass(frozen=True)
class WarehouseSettings:
    """Where the warehouse lives, and how repeated actions count.

    `data_dir` has the inbox of this host, as an absolute path from the environment, and the warehouse too unless that
    is a `lake`.
    """

    data_dir: Path = Path("data")
    repeat_policy: RepeatPolicy = "latest"
    inbox_retention: timedelta = timedelta(days=30)
    lake: LakeSettings | None = None

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "WarehouseSettings":
        """Settings from the environment.

        Raises:
            SettingsError: a variable is wrong.
        """
        repeat_policy = env.get("REPEAT_POLICY", "").strip() or cls.repeat_policy
        if repeat_policy not in ("latest", "sum"):
            raise SettingsError(f"REPEAT_POLICY must be 'latest' or 'sum', not {repeat_policy!r}")
        return cls(
            data_dir=_data_dir(env),
            repeat_policy=repeat_policy,  # type: ignore[arg-type]  # checked above
            inbox_retention=timedelta(
                days=whole_number(env, "INBOX_RETENTION_DAYS", cls.inbox_retention.days, minimum=0, maximum=36_500)
            ),
            lake=_lake(env),
        )

    @property
    def warehouse_path(self) -> Path:
        """The published warehouse, unless it is a lake."""
        return self.data_dir / "warehouse.duckdb"

    @property
    def inbox_path(self) -> Path:
        """The durable queue of accepted deliveries."""
        return self.data_dir / "inbox.sqlite"


def _lake(env: Mapping[str, str]) -> LakeSettings | None:
    warehouse, data = env.get("WAREHOUSE", "").strip(), env.get("WAREHOUSE_DATA", "").strip()
    if not warehouse and not data:
        return None
    if not warehouse:
        raise SettingsError("WAREHOUSE_DATA belongs to a lake: set WAREHOUSE=ducklake:postgres:..., or remove it")
    if not warehouse.startswith(LAKE):
        raise SettingsError(
            f"WAREHOUSE must begin with {LAKE} (see warehouse/LAKE.md); leave it out for the file in DATA_DIR"
        )
    catalog = warehouse.removeprefix(LAKE)
    if PASSWORD.search(catalog):
        raise SettingsError("WAREHOUSE must hold no password, which others could read: use PGPASSWORD or ~/.pgpass")
    if "'" in catalog or "'" in data:
        raise SettingsError(
            f"WAREHOUSE and WAREHOUSE_DATA must hold no quote; as a URL, blanks need none: {LAKE}postgresql://me@db/my%20name"
        )
    if not data.startswith(("s3://", "/")):
        raise SettingsError(
            "WAREHOUSE_DATA must be s3://BUCKET/PATH/ or the whole path of a folder, for the lake's data"
        )
    return LakeSettings(catalog, data.rstrip("/") + "/")


def _data_dir(env: Mapping[str, str]) -> Path:
    written = env.get("DATA_DIR", "").strip()
    if written.startswith("~"):
        raise SettingsError(f"DATA_DIR must be a whole path: only a shell knows what ~ means in {written}")
    path = Path(written or WarehouseSettings.data_dir).absolute()
    # DuckDB takes what follows a question mark for options: its log would lie in another folder.
    if "?" in str(path):
        raise SettingsError(f"DATA_DIR must have no question mark in its path, which DuckDB can't open: {path}")
    return path
