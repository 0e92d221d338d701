"""Senders for the drills, which remember the answers."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress

import aiohttp

from ingest.signature import HEADER, sign
from tests.e2e.machine import SECRET, Machine, eventually

CLIENTS = 8


class Clients:
    """Eight senders at once, and the numbers of their deliveries by the status of the answer."""

    def __init__(self, machine: Machine, *, seconds_between: float = 0) -> None:
        self.machine = machine
        self.seconds_between = seconds_between
        self.sent = 0
        self.answered: defaultdict[int, list[int]] = defaultdict(list)

    @property
    def statuses(self) -> set[int]:
        """All statuses among the answers."""
        return set(self.answered)

    def post_for(self, seconds: float, meanwhile: Callable[[], None] | None = None) -> None:
        """Post as fast as the receiver answers. After the time, do `meanwhile`, and post for a second more."""
        asyncio.run(self._post_for(seconds, meanwhile))

    async def _post_for(self, seconds: float, meanwhile: Callable[[], None] | None) -> None:
        timeout = aiohttp.ClientTimeout(total=20)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            until = time.monotonic() + seconds + 1
            posting = [asyncio.create_task(self._client(session, until)) for _ in range(CLIENTS)]
            await asyncio.sleep(seconds)
            if meanwhile:
                await asyncio.to_thread(meanwhile)
            await asyncio.gather(*posting)

    async def _client(self, session: aiohttp.ClientSession, until: float) -> None:
        with suppress(aiohttp.ClientError, TimeoutError):  # killed in the middle: not acknowledged
            while time.monotonic() < until:
                self.sent += 1
                number = self.sent
                body = body_of(number)
                url = f"{self.machine.url}/webhooks/zuddl"
                async with session.post(url, data=body, headers={HEADER: sign(SECRET, body)}) as answer:
                    self.answered[answer.status].append(number)
                await asyncio.sleep(self.seconds_between)

    def numbered(self, status: int) -> set[str]:
        """Registrations whose delivery was answered with this status."""
        return {f"r{number}" for number in self.answered[status]}

    def assert_each_acknowledged_is_there_once(self) -> None:
        """Every delivery answered with 200 is in time_spent, and none is there twice."""
        self.assert_there_once(200)

    def assert_there_once(self, status: int) -> None:
        """Every delivery answered with this status, at least a hundred, is in time_spent, and none is there twice."""
        expected = self.numbered(status)
        assert len(expected) > 100
        query = "SELECT registration_id FROM time_spent"
        eventually(lambda: len(expected.difference(self.machine.query(query))), lambda missing: missing == 0)
        stored = self.machine.query(query)
        assert len(stored) == len(set(stored))


def body_of(number: int) -> bytes:
    """A delivery of one minute, for a registration of that number."""
    return (
        f'{{"action":"TIME_SPENT_IN_SESSION","actionId":"a{number}","registration":{{"id":"r{number}"}},'
        '"event":{"id":"e"},"session":{"id":"s"},"timeSpentInMinutes":1}'
    ).encode()
