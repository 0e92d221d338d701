"""Memory for a load: the usual amount, and a second attempt with the most that there is."""

import logging
from collections.abc import Callable
from typing import Literal, TypeVar

import duckdb

# When memory runs out, DuckDB says one of these, in errors of several types.
NO_ROOM = ("failed to pin block", "could not allocate block")

Memory = Literal["usual", "most"]
Result = TypeVar("Result")

log = logging.getLogger(__name__)


def with_enough_memory(attempt: Callable[[Memory], Result]) -> Result:
    """Return `attempt("usual")`; if it runs out of memory, return `attempt("most")`.

    DuckDB compresses and decompresses 2,048 bodies at once, whatever their size. It can't continue after it ran out of
    memory, so the attempt starts over.
    """
    try:
        return attempt("usual")
    except duckdb.Error as error:
        if not is_out_of_memory(error):
            raise
    log.warning("large bodies need more memory than usual: trying again with half of what there is")
    return attempt("most")


def is_out_of_memory(error: duckdb.Error) -> bool:
    """Whether the error says that memory ran out."""
    return isinstance(error, duckdb.OutOfMemoryException) or any(text in str(error) for text in NO_ROOM)
