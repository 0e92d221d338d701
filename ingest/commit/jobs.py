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
    """Set unverified deliveries aside, and keep at most so many bytes of each form."""

    plausible: list[Unverified]  # their signatures could be signatures
    others: list[Unverified]
    max_plausible_bytes: int
    max_other_bytes: int


@dataclass(frozen=True)
class ProveWrite:
    """Commit a small write."""


@dataclass(frozen=True)
class Repair:
    """Read all of the inbox, and repair it when it is damaged."""


Job = Append | SetAside | ProveWrite | Repair


class Answer(NamedTuple):
    """What became of a job."""

    plausible_dropped: int  # unverified deliveries beyond their bound
    others_dropped: int
    failure: str | None  # why the job was not done, None when it was
    notices: list[str]  # lines for the operator
    is_put_back: bool  # the inbox's files were removed or replaced, and it is at its path again
