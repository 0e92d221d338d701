"""The steps of a rehearsal: what is sent, what must be answered, and what must be seen in the warehouse."""

import asyncio
import secrets
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import duckdb

from ingest.rehearse.event import RehearsalEvent
from ingest.send.client import Report, post_all
from ingest.send.command import WHY_REFUSED
from ingest.settings import ReceiverSettings
from ingest.verdicts import Finding, fail, ok, warning
from warehouse.counted import deliveries
from warehouse.storage import Storage, storage_of
from warehouse.storage.errors import OtherVersion, WarehouseMissing
from warehouse.storage.versions import require_current_version

POLL_SECONDS = 0.2
# How long Zuddl waits for an answer is not known. No sender waits for less.
MAX_P99_MS = 1_000

# Found by the deliveries' action ids, which all begin with the event's id.
SEEN = """
SELECT (SELECT count(*) FROM time_spent WHERE event_id = $event),
       (SELECT coalesce(sum(total_minutes), 0) FROM event_engagement WHERE event_id = $event),
       (SELECT count(*) FROM raw.repeats JOIN raw.deliveries AS first ON first.delivery_id = first_delivery_id
        WHERE starts_with(first.action_id, $event))
"""


class Seen(NamedTuple):
    """What a warehouse holds of the event: attendances, minutes, and noted repeats."""

    attendance_count: int
    total_minutes: float
    repeat_count: int


@dataclass
class Sender:
    """Posts deliveries to an address as Zuddl would, and counts what was answered with 200, or not at all.

    It gives up when as many in a row as are under way at once have no answer: each may take a minute.
    """

    settings: ReceiverSettings
    url: str
    concurrency: int
    rate: float | None
    accepted_count: int = 0
    unanswered_count: int = 0

    def post(self, bodies: Iterable[bytes], secret: str | None = None) -> Report:
        """Post the bodies, signed with a secret: by default with the one that is set.

        Raises:
            SenderError: nobody answers at the address.
            KeyboardInterrupt: Ctrl-C was pressed.
        """
        header = self.settings.auth_header
        report = asyncio.run(
            post_all(
                bodies,
                url=self.url,
                secret=secret or self.settings.secrets[0].decode(),
                scheme=self.settings.scheme,
                extra_header=(header.name.decode(), header.value.decode()) if header else None,
                concurrency=self.concurrency,
                rate=self.rate,
                give_up_after=self.concurrency,
            )
        )
        self.accepted_count += report.accepted
        self.unanswered_count += report.unanswered
        if report.is_interrupted:
            raise KeyboardInterrupt
        return report


def play(sender: Sender, event: RehearsalEvent, within_seconds: float) -> Iterator[tuple[str, Finding]]:
    """Send the event, and yield each check's name and what it found. A check that would be futile is left out.

    All is sent only after one delivery was refused and one accepted: another's receiver, whose files can't be erased
    from here, gets no more than these.
    """
    refused = sender.post([event.forged()], secret=secrets.token_hex(32))  # hex is read by every scheme
    yield "wrong signature", _wrong_signature(refused)
    if not refused.answers[401]:
        return
    first = sender.post([next(event.deliveries())])
    if not first.is_all_accepted:
        yield "each answered 200", _each_answered(first, sender.concurrency)
        return
    report = sender.post(event.deliveries())  # the first of them is a repeat now
    yield "each answered 200", _each_answered(report, sender.concurrency)
    yield "latency", _latency(report)
    if not report.is_all_accepted:
        return
    began = time.monotonic()
    wanted = Seen(event.delivery_count, event.total_minutes, 1)
    seen = _wait(storage_of(sender.settings.warehouse), event.event_id, wanted, within_seconds)
    yield "visible in time", _visible(wanted, seen, time.monotonic() - began)
    if seen and seen.attendance_count:
        yield "right sum", _sum(wanted, seen)
        yield "repeat counted once", _repeat(wanted, seen)


def _wrong_signature(report: Report) -> Finding:
    if report.answers[401]:
        return ok("refused with 401")
    if report.accepted:
        return fail(
            "accepted with 200",
            "it is not our receiver that answers there: does the proxy answer by itself, or send to another service?",
        )
    return fail(_answers(report), "the receiver answers 401: does the proxy pass the request on to it?")


def _each_answered(report: Report, concurrency: int) -> Finding:
    if report.is_all_accepted:
        return ok(f"{deliveries(report.accepted)} in {report.elapsed_seconds:.1f} s")
    answers = _answers(report)
    if report.errors_in_a_row >= concurrency:
        answers += f"; gave up after {report.errors_in_a_row:,} in a row"
    reasons = "; ".join(f"{status}: {WHY_REFUSED.get(status, 'not our receiver')}" for status in report.refused)
    return fail(f"{report.accepted:,} of {report.sent:,}; {answers}", reasons or "look at the proxy")


def _answers(report: Report) -> str:
    parts = [f"{count:,} answered {status}" for status, count in sorted(report.answers.items())]
    return ", ".join([*parts, *([f"{report.connection_errors:,} without an answer"] * bool(report.connection_errors))])


def _latency(report: Report) -> Finding:
    p50, p99, longest = report.latency_ms(0.5, 0.99, 1)
    found = f"p50 {p50:.1f} ms, p99 {p99:.1f} ms, longest {longest:.1f} ms"
    if p99 > MAX_P99_MS:
        cure = "a sender may give up: `ingest doctor` measures the disk; look at the proxy and at other work"
        return warning(found, cure)
    return ok(found)


def _visible(wanted: Seen, seen: Seen | None, seconds: float) -> Finding:
    if seen and seen.attendance_count >= wanted.attendance_count and seen.repeat_count:
        return ok(f"in the warehouse {seconds:.1f} s after the last answer")
    if seen and seen.attendance_count:
        cure = "the loader is behind: `warehouse info`, and its lines in the log"
        return fail(f"{seen.attendance_count:,} of {wanted.attendance_count:,} after {seconds:.0f} s", cure)
    cure = "does the address lead to the receiver of this DATA_DIR, and does its loader run? `warehouse info` tells"
    return fail(f"none of {wanted.attendance_count:,} after {seconds:.0f} s", cure)


def _sum(wanted: Seen, seen: Seen) -> Finding:
    if seen.total_minutes == wanted.total_minutes:
        return ok(f"{wanted.total_minutes:,} minutes")
    found = f"{seen.total_minutes:,.0f} minutes instead of {wanted.total_minutes:,.0f}"
    return fail(found, "`warehouse check` looks for faults")


def _repeat(wanted: Seen, seen: Seen) -> Finding:
    if (seen.repeat_count, seen.attendance_count) == (1, wanted.attendance_count):
        return ok("the second one is noted in raw.repeats")
    return fail(f"{seen.repeat_count:,} repeats noted", "`warehouse check` looks for faults")


def _wait(storage: Storage, event_id: str, wanted: Seen, seconds: float) -> Seen | None:
    """What the warehouse holds of the event: when it is all there, or when the time is over."""
    give_up_at = time.monotonic() + seconds
    generation, seen = None, None
    while True:
        current = storage.generation()
        if current != generation:
            generation, seen = current, _look(storage, event_id)
            if seen and seen.attendance_count >= wanted.attendance_count and seen.repeat_count:
                return seen
        if time.monotonic() >= give_up_at:
            return seen
        time.sleep(POLL_SECONDS)


def _look(storage: Storage, event_id: str) -> Seen | None:
    try:
        with storage.connect() as connection:
            require_current_version(connection)
            return Seen(*connection.execute(SEEN, {"event": event_id}).fetchall()[0])
    except (WarehouseMissing, OtherVersion, duckdb.Error, OSError):
        return None  # the next generation may be readable
