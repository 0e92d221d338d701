"""Same content: two bodies are equal as JSON values, whatever their order of keys, spacing, escapes and numerals."""

import hashlib
import json
import math
from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, Context, Decimal, DecimalException

from warehouse.staging.mend import mended

# Exact for every numeral; of equal numbers it makes one.
EXACT = Context(prec=MAX_PREC, Emax=MAX_EMAX, Emin=MIN_EMIN)


def content_key(body: str) -> str:
    """A text that bodies of the same content share, and no others.

    A body that says no single value, because it is no JSON or repeats a key, has only its own bytes.
    """
    try:
        value = json.loads(mended(body), parse_int=_Number, parse_float=_Number, object_pairs_hook=_unambiguous)
        text = json.dumps(value, sort_keys=True, default=_Number.spelled)
    except (ValueError, RecursionError):
        text = body
    return hashlib.sha256(text.encode()).hexdigest()


class _Number:
    """A number. Python would take 1 for true, and round what has many digits."""

    def __init__(self, numeral: str) -> None:
        self.numeral = numeral

    def spelled(self) -> list[object]:
        """As a list that no payload can hold: JSON has no NaN."""
        try:
            number = EXACT.normalize(Decimal(self.numeral))
        except DecimalException:  # its exponent has more digits than Decimal takes
            return [math.nan, self.numeral]
        return [math.nan, str(number) if number else "0"]


def _unambiguous(pairs: list[tuple[str, object]]) -> dict[str, object]:
    value = dict(pairs)
    if len(value) < len(pairs):
        raise ValueError("a key is repeated")
    return value
