"""Which signature headers are set aside with room for a whole burst."""

import base64

import pytest

from ingest.signature import is_plausible


@pytest.mark.parametrize(
    "header",
    [
        b"sha256=" + b"0f" * 32,
        b"SHA256=" + b"0F" * 32,
        b"0f" * 20,
        b"sha512=" + b"0f" * 64,
        base64.b64encode(bytes(32)),
        b"sha1=" + base64.b64encode(bytes(20)),
        base64.urlsafe_b64encode(b"\xff" * 64).rstrip(b"="),
        b"t=1700000000,v1=" + b"0f" * 32,
        b"v1," + base64.b64encode(bytes(32)) + b" v1," + base64.b64encode(b"\1" * 32),
    ],
    ids=["hex", "upper case", "bare sha1", "sha512", "base64", "short base64", "url-safe", "with a time", "several"],
)
def test_a_header_that_holds_a_digest_in_any_usual_form_is_plausible(header: bytes) -> None:
    assert is_plausible(header)


@pytest.mark.parametrize(
    "header",
    [None, b"", b"sha256=00", b"sha256=" + b"zz" * 31, b"\xff" * 64, b"x" * 65_000, b"0f" * 33, b"Bearer token"],
    ids=["none", "empty", "too short", "cut", "no ascii", "endless", "too long", "a token"],
)
def test_any_other_header_is_not_plausible(header: bytes | None) -> None:
    assert not is_plausible(header)
