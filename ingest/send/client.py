"""Signs and posts deliveries as Zuddl does: each one once, whatever the answer."""

import asyncio
import math
import time
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from http import HTTPStatus

import aiohttp
import click
from yarl import URL

from ingest.send.address import split
from ingest.signature import HEADER, INFERRED, Scheme, sign
from warehouse.inbox.payload_file import NotPayloads

ANSWER_WITHIN_SECONDS = 60.0
POLL_SECONDS = 0.2
POLL_TIMEOUT = aiohttp.ClientTimeout(total=5)
NO_ANSWER = (aiohttp.ClientError, TimeoutError, OSError)


class SenderError(click.ClickException):
    """Nothing was sent; the message names the address and says why."""


@dataclass
class Report:
    """What became of the deliveries. One that was under way at the end counts as started only."""

    started: int = 0
    sent: int = 0
    answers: Counter[int] = field(default_factory=Counter)  # deliveries by status
    connection_errors: int = 0
    errors_in_a_row: int = 0
    latencies_ms: "array[float]" = field(default_factory=lambda: array("f"))  # 4 bytes each: a million take 4 MB
    elapsed_seconds: float = 0.0
    is_interrupted: bool = False
    fault: NotPayloads | None = None  # why the file could not be read to its end

    @property
    def accepted(self) -> int:
        """Deliveries that were answered with 200."""
        return self.answers[HTTPStatus.OK]

    @property
    def unanswered(self) -> int:
        """Deliveries without an answer. They may be stored nevertheless, even later."""
        return self.started - self.answers.total()

    @property
    def refused(self) -> dict[int, int]:
        """Deliveries by status, for each status but 200."""
        return {status: count for status, count in sorted(self.answers.items()) if status != HTTPStatus.OK}

    @property
    def is_all_accepted(self) -> bool:
        """Whether each delivery was sent, and acknowledged."""
        return self.accepted == self.sent and not self.is_interrupted and not self.fault

    def latency_ms(self, *shares: float) -> list[float]:
        """Latency at these shares of the ranked answers, such as 0.5 for the median; zeros when nothing was answered.

        Latency is the time from sending a delivery to the end of its answer.
        """
        ranked = sorted(self.latencies_ms) or [0.0]
        return [ranked[math.ceil(share * len(ranked)) - 1] for share in shares]


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
    give_up_after: int | None = None,
    on_sent: Callable[[int], None] = lambda _sent: None,
) -> Report:
    """Post each body once, even when it is refused. When cancelled, it stops and returns the report so far.

    It also stops when the bodies come from a file that can't be read further: the report then says why.

    Args:
        bodies: taken one by one; there may be more than fit into memory.
        url: the webhook's address, such as `http://127.0.0.1:8000/webhooks/zuddl`.
        secret: key of the signature.
        scheme: how the signature is made.
        extra_header: a static header to send too, as name and value.
        concurrency: deliveries under way at the same time, each on a connection of its own.
        rate: at most so many deliveries a second; None for as many as possible.
        wait_seconds: how long to wait until the receiver answers.
        give_up_after: how many deliveries in a row without an answer end it, with those under way; None for never.
        on_sent: called with the number sent so far: with 0 once the receiver answers, then after each delivery.

    Raises:
        NoAddress: `url` is no web address.
        SenderError: nobody answers there.
    """
    target = URL(split(url).geturl())
    pace, report = _Pace(rate), Report()

    def readable() -> Iterator[bytes]:
        try:
            yield from bodies
        except NotPayloads as fault:
            report.fault = fault

    remaining = readable()

    async def post_remaining() -> None:
        for body in remaining:  # the one iterator of all workers
            await pace.turn()
            await _post(session, target, body, sign(secret, body, scheme), report)
            on_sent(report.sent)
            if give_up_after and report.errors_in_a_row >= give_up_after:
                for worker in under_way:
                    worker.cancel()
                return

    under_way = list[asyncio.Task[None]]()
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
        try:
            async with asyncio.TaskGroup() as workers:
                for _ in range(concurrency):
                    under_way.append(workers.create_task(post_remaining()))
        except asyncio.CancelledError:
            report.is_interrupted = True
            if this := asyncio.current_task():
                this.uncancel()
        report.elapsed_seconds = time.perf_counter() - began
    return report


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


async def _post(session: aiohttp.ClientSession, target: URL, body: bytes, signature: str, report: Report) -> None:
    report.started += 1
    began = time.perf_counter()
    try:
        # A redirect would turn the POST into a GET. Zuddl takes a redirect for a refusal, and so does this.
        async with session.post(target, data=body, headers={HEADER: signature}, allow_redirects=False) as response:
            await response.read()
    except NO_ANSWER:
        report.connection_errors += 1
        report.errors_in_a_row += 1
    else:
        report.errors_in_a_row = 0
        report.answers[response.status] += 1
        report.latencies_ms.append((time.perf_counter() - began) * 1000)
    report.sent += 1


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
        except aiohttp.ClientConnectorCertificateError as error:
            reason = getattr(error.certificate_error, "verify_message", error.certificate_error)
            raise SenderError(
                f"The certificate of {target} is not trusted: {reason}. SSL_CERT_FILE names an authority of your own."
            ) from error
        except NO_ANSWER as error:
            if time.perf_counter() >= until:
                reason = str(error) or type(error).__name__
                raise SenderError(f"Nobody answers at {target} ({reason}). Is the receiver running?") from error
        await asyncio.sleep(POLL_SECONDS)
