"""What the process that writes the inbox can be told to do, and what it answers. Jobs are pickled, answers are JSON."""

from dataclasses import dataclass
from typing import NamedTuple

from warehouse.inbox.set_aside import Unverified


@dataclass(frozen=True)
class Append:
    """Store accepted deliveries: when they were received (microseconds since 1970, UTC), and their bodies."""

    rows: list[tuple[int, bytes]]


@dataclass(frozen=True)
class SetAside:
    """Set unverified deliveries aside, and keep at most so many bytes of them."""

    deliveries: list[Unverified]
    max_bytes: int


@dataclass(frozen=True)
class ProveWrite:
    """Commit a small write."""


@dataclass(frozen=True)
class Repair:
    """Read all of the inbox, and repair it when it is damaged."""


Job = Append | SetAside | ProveWrite | Repair


class Answer(NamedTuple):
    """What became of a job."""

    dropped_count: int  # unverified deliveries beyond the bound
    failure: str | None  # why the job was not done, None when it was
    notices: list[str]  # lines for the operator
