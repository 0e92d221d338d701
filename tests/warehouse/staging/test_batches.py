"""Batches: bounded in count and bytes, numbered from the warehouse's next id, their bodies as text."""

import hashlib
from datetime import UTC, datetime

import polars as pl
import pytest

from warehouse.inbox.source import Delivery, Source
from warehouse.inbox.sqlite_queue import Inbox
from warehouse.limits import Limits
from warehouse.staging.batches import batch_of, batch_of_stored, read_sources
from warehouse.storage.load_log import NextIds


def batches(inbox: Inbox, *, after: int = 0, last: int = 9, limits: Limits) -> list[tuple[list[int], int]]:
    """The ids in the warehouse of each batch, from 101 on, and the batch's position in the inbox."""
    found = list(read_sources([Source(inbox.inbox_id, after, last, inbox)], NextIds(7, 101), limits))
    assert all(set(batch.deliveries["load_id"]) == {7} for batch in found)
    return [(batch.deliveries["delivery_id"].to_list(), batch.position) for batch in found]


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        (Limits(), [([101, 102, 103, 104, 105], 5)]),
        (Limits(batch_count=2), [([101, 102], 2), ([103, 104], 4), ([105], 5)]),
        (Limits(batch_bytes=5), [([101, 102], 2), ([103, 104], 4), ([105], 5)]),
        (Limits(batch_bytes=1), [([101], 1), ([102], 2), ([103], 3), ([104], 4), ([105], 5)]),
    ],
    ids=["all at once", "by count", "by bytes", "larger than the bound: one at a time"],
)
def test_a_batch_is_bounded(limits: Limits, expected: list[tuple[list[int], int]], inbox: Inbox) -> None:
    inbox.append([(n, b"xyz") for n in range(5)])
    assert batches(inbox, limits=limits) == expected


def test_only_what_lies_between_the_two_positions_begins_a_batch(inbox: Inbox) -> None:
    inbox.append([(n, b"xyz") for n in range(5)])
    assert batches(inbox, after=2, last=4, limits=Limits(batch_count=1)) == [([101], 3), ([102], 4)]


def test_an_inbox_that_forgot_its_deliveries_ends_before_its_last_id(inbox: Inbox) -> None:
    inbox.append([(1, b"x"), (2, b"y")])
    inbox.prune(loaded_up_to=2, received_before=9)
    assert batches(inbox, limits=Limits()) == []


def test_a_delivery_has_its_time_of_receipt_and_its_body_as_text() -> None:
    batch = batch_of([Delivery(7, 1_000_001, "é".encode())], NextIds(1, 1))
    [row] = batch.deliveries.select("received_at", "body").rows()
    assert row == (datetime(1970, 1, 1, 0, 0, 1, 1, tzinfo=UTC), "é")


def test_bytes_that_are_no_utf8_are_rendered_and_known_by_their_hash() -> None:
    batch = batch_of([Delivery(1, 0, b"{}"), Delivery(2, 0, b"caf\xe9")], NextIds(1, 1))
    columns = batch.deliveries.select("body", "body_sha256", "fault").rows()
    assert columns == [("{}", None, None), ("caf\\xe9", hashlib.sha256(b"caf\xe9").hexdigest(), "not_json")]


def test_a_stored_delivery_is_read_as_it_first_came() -> None:
    bodies = [b'{"action": 1}', b"caf\xe9"]
    first = batch_of([Delivery(n, 0, body) for n, body in enumerate(bodies, start=1)], NextIds(1, 1))
    stored = first.deliveries.select("delivery_id", "load_id", "received_at", "body", "body_sha256")
    again = batch_of_stored(stored, 2)
    assert again.deliveries.equals(first.deliveries)
    assert again.session_texts.equals(first.session_texts)


def test_one_description_is_kept_once_for_the_whole_batch(inbox: Inbox) -> None:
    inbox.append([(n, b'{"event": {"id": 1}}') for n in range(3_000)])
    [batch] = read_sources([Source(inbox.inbox_id, 0, 3_000, inbox)], NextIds(1, 1), Limits())
    assert batch.session_texts.rows() == [(1, '{"id": 1}', "null")]
    assert batch.deliveries.select(pl.col("session_version").unique()).rows() == [(1,)]
