"""The signature of a webhook's body."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.signature import INFERRED, Scheme, SignatureMismatch, every_scheme, matching_schemes, sign

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


@pytest.mark.parametrize("scheme", every_scheme(), ids=lambda scheme: scheme.name)
def test_every_scheme_is_found_from_a_request_that_was_signed_with_it(scheme: Scheme) -> None:
    header = scheme.sign(b"secret", BODY)
    scheme.verify([b"secret"], BODY, header)
    assert scheme in matching_schemes([b"other", b"secret"], BODY, header)


def test_no_scheme_is_found_with_another_secret() -> None:
    assert matching_schemes([b"other"], BODY, INFERRED.sign(b"secret", BODY)) == []


@given(st.binary(max_size=200))
def test_any_header_bytes_are_a_mismatch_and_nothing_worse(header: bytes) -> None:
    for scheme in every_scheme():
        with pytest.raises(SignatureMismatch):
            scheme.verify([b"secret"], BODY, header)
