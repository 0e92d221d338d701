"""The receiver's own event loop: its transports differ from asyncio's."""

import asyncio
from collections.abc import Callable

import uvloop


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Asynchronous tests in this folder run on uvloop, as the product does."""
    return {"uvloop": uvloop.new_event_loop}
