"""What the process of a query is told, how much it may take, and how it refuses."""

import json
from dataclasses import asdict, dataclass

from warehouse.settings import LakeSettings

REFUSED = 3  # the exit status of a process that says why it can't answer


class Refused(Exception):
    """The query can't be answered; the message says why."""


@dataclass(frozen=True)
class Limits:
    """How much one query may take.

    DuckDB counts the memory of its tables and hash tables, but not that of a plan or of one long value. The kernel
    counts everything, and stops the process at `memory_mb` and `uncounted_mb` together.
    """

    max_rows: int = 10_000
    max_bytes: int = 32_000_000
    max_characters: int = 20_000
    seconds: float = 20.0
    memory_mb: int = 256
    uncounted_mb: int = 256

    @property
    def too_much_memory(self) -> str:
        """The sentence for a query that needs too much memory."""
        return f"The query was stopped: it needs more than {self.memory_mb}\N{NO-BREAK SPACE}MB of memory."

    @property
    def too_large(self) -> str:
        """The sentence for an answer of too many bytes."""
        most = f"{self.max_bytes // 1_000_000}\N{NO-BREAK SPACE}MB"
        return f"The answer is larger than {most}. Select fewer columns or rows."


@dataclass(frozen=True)
class Job:
    """What the process gets ready before it reads the query.

    Args:
        data_dir: the data directory, whose warehouse is read.
        lake: catalog and data of the lake that is read instead; None for the file.
        scratch: a folder to make for the copy, and to remove as soon as the copy is open.
        tables: the tables that the query names, and SQL of each of their columns.
        listed: the other tables, if the query asks which ones there are. They stay empty.
        limits: how much the query may take.
    """

    data_dir: str
    lake: LakeSettings | None
    scratch: str
    tables: dict[str, list[str]]
    listed: dict[str, list[str]]
    limits: Limits

    def to_json(self) -> str:
        """One line."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, line: str) -> "Job":
        """The job of such a line."""
        job = json.loads(line)
        lake = LakeSettings(**job["lake"]) if job["lake"] else None
        return cls(**{**job, "lake": lake, "limits": Limits(**job["limits"])})
