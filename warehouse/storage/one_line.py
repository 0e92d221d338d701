"""What DuckDB says, in one line for the operator: of object storage it says where, why, and what to look at."""

from typing import NamedTuple

from warehouse.settings import LakeSettings


class _Cause(NamedTuple):
    """Words of DuckDB's text, what they mean, and what the operator can look at."""

    words: tuple[str, ...]
    meaning: str
    cure: str


# The first that fits. DuckDB adds its advice on keys to more errors than those of keys.
CAUSES = (
    _Cause(("NoSuchBucket",), "there is no such bucket", "look at WAREHOUSE_DATA and AWS_ENDPOINT_URL, or make it"),
    _Cause(
        ("HTTP 403", "HTTP code 403", "HTTP 401", "HTTP code 401"),
        "the key is refused",
        "look at AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION, and at what the key may do there",
    ),
    _Cause(
        ("HTTP 301", "HTTP code 301", "HTTP 400", "HTTP code 400"),
        "the question is refused",
        "look at AWS_REGION and AWS_ENDPOINT_URL",
    ),
    _Cause(
        ("HTTP 404", "HTTP code 404"),
        "an object is missing",
        "does the bucket exist? An old snapshot may be forgotten by now: ask again, which finds the latest. "
        "An older copy of the catalog needs the copy of the bucket that was made with it",
    ),
    _Cause(
        ("SSL connect error", "SSL peer", "SSL server", "certificate"),
        "TLS fails",
        "look at the scheme in AWS_ENDPOINT_URL, and at the certificate there",
    ),
    _Cause(
        ("Could not connect", "Could not resolve", "Timeout was reached", "Connection error"),
        "nobody answers",
        "look at AWS_ENDPOINT_URL and the network",
    ),
)
PARAGRAPH = "\n\n"
# DuckDB quotes the statement, which says nothing to an operator.
STATEMENT = f"{PARAGRAPH}LINE "


def one_line(error: Exception, lake: LakeSettings | None = None) -> str:
    """The error's text; of a lake's object storage, the bucket, what is wrong, and what to do."""
    return "; ".join(filter(None, explained(error, lake)))


def explained(error: Exception, lake: LakeSettings | None) -> tuple[str, str]:
    """The same in two parts: what is wrong, and what to do, if that is known."""
    text = str(error)
    if lake and text.startswith(("HTTP Error", "IO Error")):
        for cause in CAUSES:
            if any(word in text for word in cause.words):
                said = _squeezed(text.split(PARAGRAPH, maxsplit=1)[0])
                return f"{lake.data}: {cause.meaning} ({said})", cause.cure
    return _squeezed(text.split(STATEMENT, maxsplit=1)[0]), ""


def _squeezed(text: str) -> str:
    return " ".join(text.split())
