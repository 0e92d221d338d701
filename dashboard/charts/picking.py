"""Marks that open the page of their session when they are chosen."""

import altair as alt

PICK, FIELD = "pick", "session_id"
CURSOR = "pointer"


def pick() -> alt.Parameter:
    """What to add to the marks; their rows have a `session_id`."""
    return alt.selection_point(name=PICK, fields=[FIELD], on="click", toggle=False)
