"""The signature of a webhook's body."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.signature import (
    INFERRED,
    Scheme,
    SignatureMismatch,
    every_scheme,
    is_plausible,
    sign,
)

# RFC 4231, test case 2.
KEY, BODY = "Jefe", b"what do ya want for nothing?"
KNOWN = b"sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"


def test_a_known_answer_is_reproduced_and_accepted() -> None:
    assert sign(KEY, BODY).encode() == KNOWN
    INFERRED.verify([KEY.encode()], BODY, KNOWN)


@pytest.mark.parametrize("secrets", [[b"Jefe", b"new"], [b"old", b"Jefe"]], ids=["first", "last"])
def test_any_secret_that_is_valid_now_will_do(secrets: list[bytes]) -> None:
    INFERRED.verify(secrets, BODY, KNOWN)


@pytest.mark.parametrize(
    "header",
    [
        None,
        b"",
        b"sha256=",
        KNOWN[:-1],
        KNOWN + b"0",
        KNOWN.upper(),
        KNOWN.removeprefix(b"sha256="),
        b"sha1=" + KNOWN.removeprefix(b"sha256="),
        "sha256=ünïcode".encode(),
        b"\xff\xfe\x00",
    ],
    ids=[
        "missing",
        "empty",
        "no digest",
        "short",
        "long",
        "upper case",
        "no prefix",
        "other prefix",
        "non-ascii",
        "bytes",
    ],
)
def test_any_other_header_is_a_mismatch(header: bytes | None) -> None:
    with pytest.raises(SignatureMismatch):
        INFERRED.verify([KEY.encode()], BODY, header)


def test_another_secret_or_another_body_is_a_mismatch() -> None:
    for secret, body in ((b"other", BODY), (KEY.encode(), BODY + b"\n")):
        with pytest.raises(SignatureMismatch):
            INFERRED.verify([secret], body, KNOWN)


@given(st.binary(), st.text(min_size=1).filter(lambda text: text.isprintable()))
def test_what_is_signed_verifies_whatever_the_body_and_the_secret(body: bytes, secret: str) -> None:
    INFERRED.verify([secret.encode()], body, sign(secret, body).encode())


HEX = KNOWN.removeprefix(b"sha256=")
BASE64 = base64.b64encode(bytes.fromhex(HEX.decode()))
# HMAC-SHA256 of `1700000000.` and the body, by another program: openssl dgst -sha256 -hmac Jefe.
TIMED = b"1cdd0650c8be1cb0974b1788d458b1e781206cfef59b85faafc582d2e182c57e"
OTHER = b"0" * 64


def matching_schemes(secrets: list[bytes], body: bytes, header: bytes) -> list[Scheme]:
    """As `ingest diagnose` finds them."""
    usable = [(scheme, [secret for secret in secrets if scheme.takes(secret)]) for scheme in every_scheme()]
    return [scheme for scheme, its in usable if scheme.matches(its, body, header)]


@pytest.mark.parametrize(
    ("name", "secret", "header"),
    [
        ("hmac-sha256-hex", b"Jefe", KNOWN),
        ("hmac-sha256-hex-bare", b"Jefe", HEX),
        ("hmac-sha256-upperhex-bare", b"Jefe", HEX.upper()),
        ("hmac-sha256-base64", b"Jefe", b"sha256=" + BASE64),
        ("hmac-sha256-base64url-bare", b"Jefe", BASE64.replace(b"+", b"-").replace(b"/", b"_")),
        ("hmac-sha256-base64-unpadded-bare", b"Jefe", BASE64.rstrip(b"=")),
        ("hmac-sha256-base64-v1", b"Jefe", b"v1," + BASE64),
        ("hmac-sha256-base64-v1", b"Jefe", b"v1," + b"0" * 44 + b" v1," + BASE64),
        ("hmac-sha256-base64-v1-base64-secret", b"whsec_SmVmZQ==", b"v1," + BASE64),
        ("hmac-sha256-hex-base64-secret", b"SmVmZQ", KNOWN),
        ("hmac-sha256-hex-hex-secret", b"4a656665", KNOWN),
        ("hmac-sha256-hex-t-v1", b"Jefe", b"t=1700000000,v1=" + TIMED),
        ("hmac-sha256-hex-t-v1", b"Jefe", b"t=1700000000,v1=" + OTHER + b",v1=" + TIMED + b",v0=" + OTHER),
    ],
)
def test_a_known_answer_of_each_form_is_accepted_and_its_scheme_is_found(
    name: str, secret: bytes, header: bytes
) -> None:
    [scheme] = [scheme for scheme in every_scheme() if scheme.name == name]
    scheme.verify([secret], BODY, header)
    assert scheme in matching_schemes([b"other", secret], BODY, header)
    assert is_plausible(header)


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("hmac-sha256-hex-t-v1", b"t=1700000001,v1=" + TIMED),
        ("hmac-sha256-hex-t-v1", b"v1=" + TIMED),
        ("hmac-sha256-hex-t-v1", b"t=1700000000,v1=" + TIMED + b", t=1,v1=" + OTHER),
        ("hmac-sha256-base64-v1", b"v1,AAAA, v1," + BASE64),
        ("hmac-sha256-hex", KNOWN + b", " + KNOWN),
    ],
    ids=["another time", "no time", "two headers, timed", "two headers, v1", "two headers"],
)
def test_a_time_is_signed_and_two_headers_are_none(name: str, header: bytes) -> None:
    """The receiver joins two headers of one name by a comma and a blank, as RFC 9110 has it."""
    [scheme] = [scheme for scheme in every_scheme() if scheme.name == name]
    with pytest.raises(SignatureMismatch):
        scheme.verify([b"Jefe"], BODY, header)


def test_every_scheme_is_found_from_a_request_that_was_signed_with_it() -> None:
    secret = b"0123456789abcdef"  # text, hex and base64 at once
    for scheme in every_scheme():
        header = scheme.sign(secret, BODY)
        scheme.verify([secret], BODY, header)
        assert scheme in matching_schemes([b"other", secret], BODY, header)


def test_every_scheme_has_a_name_of_its_own_and_the_inferred_one_comes_first() -> None:
    schemes = every_scheme()
    assert len({scheme.name for scheme in schemes}) == len(schemes)
    assert schemes[0] == INFERRED


def test_no_scheme_is_found_with_another_secret() -> None:
    assert matching_schemes([b"other"], BODY, INFERRED.sign(b"secret", BODY)) == []


@given(st.binary(max_size=200))
def test_any_header_bytes_are_a_mismatch_and_nothing_worse(header: bytes) -> None:
    for scheme in every_scheme():
        with pytest.raises(SignatureMismatch):
            scheme.verify([b"abcd"], BODY, header)
