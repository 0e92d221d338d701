"""Credit: the parts of a session that share its minutes, and what counts where a session has none."""

from typing import NamedTuple

from warehouse.schema import NO_SPEAKER, NO_SPONSOR, UNTAGGED


class Credit(NamedTuple):
    """One kind of part: its tables' name, the column that identifies one, and the row of sessions without one."""

    parts: str
    part: str
    nobody: str


CREDITS = (
    Credit("speakers", "speaker_id", NO_SPEAKER),
    Credit("tags", "tag", UNTAGGED),
    Credit("sponsors", "sponsor_id", NO_SPONSOR),
)
