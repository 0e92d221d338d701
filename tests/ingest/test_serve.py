"""The server task of `ingest serve`: it ends when it is told to, or with a clear line."""

import socket

import pytest

from ingest.metrics import Metrics
from ingest.receive.http_server import HttpServer, bind
from ingest.receive.refusals import Refusals
from ingest.serve import CannotServe, serve_until_told_to_end


async def never_called(_scope: object, _receive: object, _send: object) -> None:
    raise AssertionError


async def test_a_server_that_fails_ends_the_process_with_a_clear_line() -> None:
    listener = bind("127.0.0.1", 0)
    listener.close()
    with pytest.raises(CannotServe, match="the HTTP server failed"):
        await serve_until_told_to_end(HttpServer(never_called, Refusals(Metrics())), listener)


async def test_a_server_that_was_told_to_end_ends_in_order() -> None:
    server = HttpServer(never_called, Refusals(Metrics()))
    server.should_exit = True
    with socket.socket() as listener:
        await serve_until_told_to_end(server, listener)
