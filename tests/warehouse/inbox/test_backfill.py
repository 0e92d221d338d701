"""Back-filling: the payloads of a file become deliveries, up to the place where the file can't be read."""

from collections.abc import Iterator

import pytest

from warehouse.inbox.backfill import accept
from warehouse.inbox.payload_file import NotPayloads
from warehouse.inbox.sqlite_queue import Inbox


def bodies(inbox: Inbox) -> list[bytes]:
    return [delivery.body for delivery in inbox.read_after(0, max_count=100, max_bytes=10**9)]


def cut_short(*payloads: bytes) -> Iterator[bytes]:
    yield from payloads
    raise NotPayloads("a.gz can't be read.")


@pytest.mark.parametrize("batch_bytes", [1, 5, 1000])
def test_payloads_are_accepted_in_order_whatever_the_batches(batch_bytes: int, inbox: Inbox) -> None:
    told: list[int] = []
    assert accept(inbox, [b"{}", b'{"a":1}', b"{}"], told.append, batch_bytes) == 3
    assert bodies(inbox) == [b"{}", b'{"a":1}', b"{}"]
    assert sum(told) == len(b'{}\n{"a":1}\n{}\n')


def test_what_came_before_a_fault_is_accepted_and_counted(inbox: Inbox) -> None:
    with pytest.raises(NotPayloads, match=r"a\.gz can't be read\. The 2 before it were accepted"):
        accept(inbox, cut_short(b"{}", b"{}"))
    assert bodies(inbox) == [b"{}", b"{}"]


def test_a_fault_at_the_start_accepts_nothing_and_says_so(inbox: Inbox) -> None:
    with pytest.raises(NotPayloads, match=r"a\.gz can't be read\. None was accepted\."):
        accept(inbox, cut_short())
    assert bodies(inbox) == []
