"""Checks of the public address, asked as Zuddl would ask it: through DNS, the proxy and TLS."""

import socket
import ssl
import time
from datetime import timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from ipaddress import ip_address

from ingest.doctor.ask import TIMEOUT_SECONDS, ask, reason
from ingest.send.address import split
from ingest.verdicts import Finding, fail, ok, warning

# Zuddl signs no time that we check: a wrong clock shifts the times of receipt, and repeats the same second's order.
ODD_SECONDS, WRONG_SECONDS = 5, 60
# A certificate of 90 days is renewed when 30 are left. One of a few days is judged by its own length.
MANY_DAYS, FEW_DAYS = timedelta(days=21), timedelta(days=7)
NORMAL_SHARE, LITTLE_SHARE = 1 / 3, 1 / 4
IN_DAYS = timedelta(days=3)  # what is less is said in hours

OURS_TO_GET = "send a POST"
OURS_TO_ENCODED = "send the body without a content-encoding"


def certificate(url: str, now: float | None = None) -> Finding:
    """Whether the certificate is trusted, and how long it is still valid."""
    parts = split(url)
    host = parts.hostname or ""
    if parts.scheme == "http":
        if _is_loopback(host):
            return warning(f"{host} is not public", "give the address that Zuddl calls")
        return fail("the address has no TLS", "Zuddl calls HTTPS addresses only: let a proxy end TLS")
    context = ssl.create_default_context()
    try:
        with (
            socket.create_connection((host, parts.port or 443), TIMEOUT_SECONDS) as plain,
            context.wrap_socket(plain, server_hostname=host) as encrypted,
        ):
            its = encrypted.getpeercert() or {}
    except ssl.SSLCertVerificationError as error:
        cure = "renew it, or send its whole chain; SSL_CERT_FILE names an authority of your own"
        return fail(f"the certificate is not trusted: {error.verify_message}", cure)
    began, ends = (ssl.cert_time_to_seconds(str(its[name])) for name in ("notBefore", "notAfter"))
    left = timedelta(seconds=ends - (time.time() if now is None else now))
    lifetime = timedelta(seconds=ends - began)
    days, hours = left / timedelta(days=1), left / timedelta(hours=1)
    found = f"valid for {f'{days:.0f} days' if left > IN_DAYS else f'{hours:.0f} hours'} more, until {its['notAfter']}"
    cure = "look why the proxy does not renew it"
    if left < min(FEW_DAYS, LITTLE_SHARE * lifetime):
        return fail(found, cure)
    return warning(found, cure) if left < min(MANY_DAYS, NORMAL_SHARE * lifetime) else ok(found)


def clock(url: str) -> Finding:
    """Whether this machine's clock agrees with the Date of the public address."""
    began = time.time()
    answer = ask(url)
    middle = (began + time.time()) / 2
    try:
        theirs = parsedate_to_datetime(answer.headers["Date"]).timestamp()
    except (TypeError, ValueError):
        return warning("the answer has no Date", "compare the clock by hand: `timedatectl`")
    seconds = abs(middle - theirs)
    found = f"{seconds:.0f} s between this clock and the answer's Date"
    cure = "set the clock by NTP: `timedatectl set-ntp true`"
    if seconds > WRONG_SECONDS:
        return fail(found, cure)
    return warning(found, cure) if seconds > ODD_SECONDS else ok(found)


def path(url: str) -> Finding:
    """Whether the address leads to our receiver, which answers GET with 405 and its own words."""
    answer = ask(url)
    if answer.status == HTTPStatus.METHOD_NOT_ALLOWED and answer.detail == OURS_TO_GET:
        return ok("our receiver answers there")
    found = f"GET is answered with {answer.status}, not with the receiver's 405"
    if answer.status in range(300, 400):
        return fail(f"{found}: a redirect to {answer.headers['Location']}", "give Zuddl the address where it leads")
    if answer.status in range(200, 300):
        return fail(f"{found}: something else answers, and deliveries are lost", "pass the path on to the receiver")
    if answer.status == HTTPStatus.NOT_FOUND:
        return fail(found, "the proxy must pass /webhooks/zuddl on to the receiver")
    if answer.status in range(500, 600):
        return fail(f"{found}: the proxy does not reach the receiver", "is it running, at the proxy's HOST and PORT?")
    return fail(found, "let the proxy pass everything on, also methods and refusals")


def largest_body(url: str, max_bytes: int) -> Finding:
    """Whether a body of the largest size passes the proxy. It is announced as compressed, so that nothing is stored."""
    found = f"of {max_bytes:,} bytes"
    try:
        answer = ask(url, "POST", b"x" * max_bytes, {"Content-Encoding": "br", "Content-Type": "application/json"})
    except (ConnectionResetError, BrokenPipeError, TimeoutError) as error:
        return fail(
            f"one {found} is cut off ({reason(error)})", "raise the proxy's limit, such as nginx's client_max_body_size"
        )
    if answer.status == HTTPStatus.UNSUPPORTED_MEDIA_TYPE and answer.detail == OURS_TO_ENCODED:
        return ok(f"one {found} reaches the receiver")
    if answer.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        who = "the receiver, whose MAX_BODY_BYTES is smaller" if answer.detail else "the proxy"
        return fail(f"one {found} is refused by {who}", "raise its limit, such as nginx's client_max_body_size")
    return fail(f"one {found} is answered with {answer.status} by something else", "let the proxy pass it on")


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
