"""Signs and posts deliveries as Zuddl does: each one once, whatever the answer. Also reads them from a file."""

import asyncio
import math
import time
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

import aiohttp
from yarl import URL

from ingest.signature import HEADER, INFERRED, Scheme, sign

ANSWER_WITHIN_SECONDS = 60.0
POLL_SECONDS = 0.2
POLL_TIMEOUT = aiohttp.ClientTimeout(total=5)
NO_ANSWER = (aiohttp.ClientError, TimeoutError, OSError)


class SenderError(Exception):
    """Nothing was sent; the message names the address and says why."""


@dataclass(frozen=True)
class Latency:
    """Milliseconds from sending a delivery to the end of its answer; zeros when nothing was answered."""

    p50_ms: float
    p90_ms: float
    p99_ms: float
    max_ms: float


@dataclass(frozen=True)
class Report:
    """What became of the deliveries. A delivery that was under way at an interruption is in none of the counts."""

    sent: int
    accepted: int
    refused: Mapping[int, int]  # deliveries by status, for each status but 200
    connection_errors: int
    elapsed_seconds: float
    latency: Latency
    is_interrupted: bool

    @property
    def is_all_accepted(self) -> bool:
        """Whether each delivery was sent, and acknowledged."""
        return self.accepted == self.sent and not self.is_interrupted


async def post_all(  # noqa: PLR0913 -- each is a choice of its own
    bodies: Iterable[bytes],
    *,
    url: str,
    secret: str,
    scheme: Scheme = INFERRED,
    extra_header: tuple[str, str] | None = None,
    concurrency: int = 32,
    rate: float | None = None,
    wait_seconds: float = 0,
    on_sent: Callable[[int], None] = lambda _sent: None,
) -> Report:
    """Post each body once, even when it is refused. When cancelled, it stops and returns the report so far.

    Args:
        bodies: taken one by one; there may be more than fit into memory.
        url: the webhook's address, such as `http://127.0.0.1:8000/webhooks/zuddl`.
        secret: key of the signature.
        scheme: how the signature is made.
        extra_header: a static header to send too, as name and value.
        concurrency: deliveries under way at the same time, each on a connection of its own.
        rate: at most so many deliveries a second; None for as many as possible.
        wait_seconds: how long to wait until the receiver answers.
        on_sent: called with the number sent so far: with 0 once the receiver answers, then after each delivery.

    Raises:
        SenderError: `url` is no web address, or nobody answers there.
    """
    target = _web_address(url)
    remaining, pace, tally = iter(bodies), _Pace(rate), _Tally()

    async def post_remaining() -> None:
        for body in remaining:  # the one iterator of all workers
            await pace.turn()
            await _post(session, target, body, sign(secret, body, scheme), tally)
            on_sent(tally.sent)

    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=concurrency),
        cookie_jar=aiohttp.DummyCookieJar(),
        headers=[("Content-Type", "application/json"), *([extra_header] if extra_header else [])],
        skip_auto_headers=("Accept", "Accept-Encoding"),
        timeout=aiohttp.ClientTimeout(total=ANSWER_WITHIN_SECONDS),
    ) as session:
        await _wait_until_it_answers(session, target, wait_seconds)
        on_sent(0)
        began = time.perf_counter()
        is_interrupted = False
        try:
            async with asyncio.TaskGroup() as workers:
                for _ in range(concurrency):
                    workers.create_task(post_remaining())
        except asyncio.CancelledError:
            is_interrupted = True
            if this := asyncio.current_task():
                this.uncancel()
        return tally.report(elapsed_seconds=time.perf_counter() - began, is_interrupted=is_interrupted)


def read_ndjson(path: Path) -> Iterator[bytes]:
    """Each line's exact bytes, without the line's end. Blank lines are skipped; nothing is decoded."""
    with path.open("rb") as lines:
        for line in lines:
            if line.strip():
                yield line.removesuffix(b"\n").removesuffix(b"\r")


class _Pace:
    """Hands out turns, at most so many a second. No burst follows a delay."""

    def __init__(self, per_second: float | None) -> None:
        self._seconds_between = 1 / per_second if per_second else 0.0
        self._next_at = 0.0

    async def turn(self) -> None:
        if not self._seconds_between:
            return
        now = time.perf_counter()
        at = max(now, self._next_at)
        self._next_at = at + self._seconds_between
        await asyncio.sleep(at - now)


class _Tally:
    """Counts of what was sent and answered. A delivery takes four bytes: a million take 4 MB."""

    def __init__(self) -> None:
        self.answers: Counter[int] = Counter()
        self.connection_errors = 0
        self.sent = 0
        self.latencies_ms = array("f")

    def report(self, *, elapsed_seconds: float, is_interrupted: bool) -> Report:
        ranked = sorted(self.latencies_ms) or [0.0]
        p50, p90, p99 = (ranked[math.ceil(share * len(ranked)) - 1] for share in (0.5, 0.9, 0.99))
        return Report(
            sent=self.sent,
            accepted=self.answers[HTTPStatus.OK],
            refused={status: n for status, n in sorted(self.answers.items()) if status != HTTPStatus.OK},
            connection_errors=self.connection_errors,
            elapsed_seconds=elapsed_seconds,
            latency=Latency(p50, p90, p99, ranked[-1]),
            is_interrupted=is_interrupted,
        )


async def _post(session: aiohttp.ClientSession, target: URL, body: bytes, signature: str, tally: _Tally) -> None:
    began = time.perf_counter()
    try:
        # A redirect would turn the POST into a GET. Zuddl takes a redirect for a refusal, and so does this.
        async with session.post(target, data=body, headers={HEADER: signature}, allow_redirects=False) as response:
            await response.read()
    except NO_ANSWER:
        tally.connection_errors += 1
    else:
        tally.answers[response.status] += 1
        tally.latencies_ms.append((time.perf_counter() - began) * 1000)
    tally.sent += 1


async def _wait_until_it_answers(session: aiohttp.ClientSession, target: URL, wait_seconds: float) -> None:
    """Wait for any answer, even one that says the receiver is not ready.

    Raises:
        SenderError: nobody answers in time.
    """
    health = target.origin() / "health/live"
    until = time.perf_counter() + wait_seconds
    while True:
        try:
            async with session.get(health, timeout=POLL_TIMEOUT):
                return
        except NO_ANSWER as error:
            if time.perf_counter() >= until:
                reason = str(error) or type(error).__name__
                raise SenderError(f"Nobody answers at {target} ({reason}). Is the receiver running?") from error
        await asyncio.sleep(POLL_SECONDS)


def _web_address(url: str) -> URL:
    try:
        address = URL(url)
    except ValueError as error:
        raise SenderError(f"{url!r} is no web address: {error}") from error
    if address.scheme not in ("http", "https") or not address.host:
        raise SenderError(f"{url!r} is no web address; one looks like http://HOST:PORT/webhooks/zuddl")
    return address
