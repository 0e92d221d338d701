"""The receiver as an application: the webhook first, Litestar for all other requests and for the schema of both."""

import asyncio
import gc
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, cast

from ingest.commit.group_commit import GroupCommit
from ingest.metrics import Metrics
from ingest.receive.body import Bodies
from ingest.receive.refusals import Refusals
from ingest.receive.webhook import PATHS, Webhook
from ingest.settings import ReceiverSettings

if TYPE_CHECKING:  # Litestar takes most of the time that a start would take
    from litestar.types import ASGIApp, Receive, Scope, Send


def create_app(
    settings: ReceiverSettings,
    commit: GroupCommit,
    metrics: Metrics,
    refusals: Refusals | None = None,
    bodies: Bodies | None = None,
) -> "ASGIApp":
    """The whole application. `refusals` and `bodies` come with bounds of their own where they are not given."""
    refusals, bodies = refusals or Refusals(metrics), bodies or Bodies(settings.max_body_bytes)
    webhook = Webhook(settings, commit, metrics, refusals, bodies)

    def make_others() -> "ASGIApp":
        from ingest.receive.others import create_litestar  # noqa: PLC0415 -- see Later

        return create_litestar(settings, commit, metrics)

    others = Later(make_others)

    def app(scope: "Scope", receive: "Receive", send: "Send") -> Awaitable[None]:
        method = scope["method"]  # type: ignore[typeddict-item]  # called for HTTP only
        if method == "POST" or scope["path"] in PATHS:
            return webhook(scope, receive, send)
        if method == "HEAD":  # the server leaves the body out
            scope = cast("Scope", {**scope, "method": "GET"})
        return others(scope, receive, send)

    return app


class Later:
    """An application that is made at its first request, in a thread: deliveries go on meanwhile.

    Litestar's import takes half a second, and a restart must be short: deliveries wait.
    """

    def __init__(self, make: "Callable[[], ASGIApp]") -> None:
        self._make = make
        self._making: asyncio.Task[ASGIApp] | None = None

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Answer a request."""
        if self._making is None:
            self._making = asyncio.create_task(asyncio.to_thread(self._make))
            self._making.add_done_callback(lambda _: gc.freeze())  # what was made lives until the end
        app = await asyncio.shield(self._making)  # a client that hangs up must not stop it
        await app(scope, receive, send)
