"""Marks that open the page of their session when they are chosen."""

from typing import Literal

import altair as alt

PICK, FIELD = "pick", "session_id"
CURSOR: Literal["pointer"] = "pointer"


def pick() -> alt.Parameter:
    """What to add to the marks; their rows have a `session_id`."""
    return alt.selection_point(name=PICK, fields=[FIELD], on="click", toggle=False)
