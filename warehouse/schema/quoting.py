"""Text as an SQL literal."""


def quoted(text: str) -> str:
    """A literal of our own text, for statements that take no parameters."""
    return "'" + text.replace("'", "''") + "'"
