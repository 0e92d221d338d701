"""What DuckDB can't ask object storage: a question about the bucket itself, signed with the keys of the environment.

The signature is Amazon's version 4, of a GET without a body.
"""

import hashlib
import hmac
import os
import urllib.error
import urllib.request
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple
from urllib.parse import quote, urlencode, urlsplit
from xml.etree.ElementTree import Element, ParseError, fromstring

from warehouse.settings import LakeSettings
from warehouse.storage.lake.access import SCHEME, Access

TIMEOUT_SECONDS = 10
MAX_ANSWER_BYTES = 16 * 1024 * 1024
NOTHING = hashlib.sha256(b"").hexdigest()


class NotSeen(OSError):
    """Object storage does not tell; the message is one line that names the bucket.

    `code` is the reason as S3 has it, or empty.
    """

    def __init__(self, lake: LakeSettings, reason: object, code: str = "") -> None:
        super().__init__(f"{lake.data} can't be looked at: {reason}")
        self.code = code


class Place(NamedTuple):
    """Where the lake's objects are: the bucket, and what their names begin with."""

    bucket: str
    prefix: str


def place_of(lake: LakeSettings) -> Place | None:
    """None where the data is in a folder."""
    if not lake.data.startswith(SCHEME):
        return None
    name, _, prefix = lake.data.removeprefix(SCHEME).partition("/")
    return Place(name, prefix)


def ask(lake: LakeSettings, place: Place, query: Mapping[str, str]) -> Element:
    """The answer about the lake's bucket, without the namespaces of its names.

    Raises:
        NotSeen: nobody answers, or the key may not ask that.
    """
    access = Access.from_env(os.environ)
    endpoint = access.endpoint or f"https://s3.{access.region}.amazonaws.com"
    url = f"{endpoint}/{place.bucket}?{urlencode(sorted(query.items()), quote_via=quote, safe='')}"
    request = urllib.request.Request(url, headers=headers(access, url, datetime.now(UTC)))  # noqa: S310 -- http or https
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310 -- the same
            return _parsed(answer.read(MAX_ANSWER_BYTES))
    except urllib.error.HTTPError as error:
        with error:
            code = _code(error.read(MAX_ANSWER_BYTES)) or error.reason
        raise NotSeen(lake, f"{code} ({error.code})", code) from None
    except urllib.error.URLError as error:
        reason = getattr(error.reason, "strerror", None) or error.reason
        raise NotSeen(lake, f"{endpoint}: {reason}") from None
    except (OSError, ParseError) as error:
        raise NotSeen(lake, f"{endpoint}: {error}") from None


def headers(access: Access, url: str, now: datetime) -> dict[str, str]:
    """The headers that sign a GET; none where there is no key.

    Args:
        access: the keys.
        url: what is asked. The names in its query are sorted.
        now: the time of the signature.
    """
    if not access.key_id:
        return {}
    parts = urlsplit(url)
    moment = f"{now:%Y%m%dT%H%M%SZ}"
    scope = f"{now:%Y%m%d}/{access.region}/s3/aws4_request"
    its = {"Host": parts.netloc, "X-Amz-Content-SHA256": NOTHING, "X-Amz-Date": moment}
    if access.token:
        its["X-Amz-Security-Token"] = access.token
    names = ";".join(name.lower() for name in its)
    lines = [f"{name.lower()}:{value}" for name, value in its.items()]
    asked = "\n".join(["GET", parts.path, parts.query, *lines, "", names, NOTHING])
    signed = "\n".join(["AWS4-HMAC-SHA256", moment, scope, hashlib.sha256(asked.encode()).hexdigest()])
    key = f"AWS4{access.secret_key}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, signed.encode(), "sha256").hex()
    its["Authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={access.key_id}/{scope}, SignedHeaders={names}, Signature={signature}"
    )
    return its


def _parsed(answer: bytes) -> Element:
    root = fromstring(answer)  # noqa: S314 -- from the storage that the operator trusts with all data
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    return root


def _code(answer: bytes) -> str | None:
    try:
        return _parsed(answer).findtext("Code")
    except ParseError:
        return None
