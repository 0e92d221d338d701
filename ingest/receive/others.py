"""All routes but the webhook: the health checks, the metrics, and the schema."""

import asyncio
from importlib.metadata import version

from litestar import Litestar, MediaType, Response, get
from litestar.exceptions import ServiceUnavailableException
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import SwaggerRenderPlugin
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from ingest.commit.group_commit import GroupCommit, NotStored
from ingest.metrics import Metrics
from ingest.receive.openapi import describe_webhook
from ingest.receive.webhook import PATH
from ingest.settings import ReceiverSettings
from warehouse.inbox.repair import kept_aside


def create_litestar(settings: ReceiverSettings, commit: GroupCommit, metrics: Metrics) -> Litestar:
    """The health checks, the metrics, and the schema of these and the webhook."""
    release = version("engagement-warehouse")

    @get("/health/live", sync_to_thread=False)
    def live() -> dict[str, str]:
        """The process answers."""
        return {"status": "live"}

    @get("/health/ready", raises=[ServiceUnavailableException])
    async def ready() -> Response[dict[str, str]]:
        """A delivery could be stored right now: a write has just reached the disk. Says which release answers."""
        try:
            await commit.prove_write()
        except NotStored as error:
            return Response({"detail": f"the inbox can't be written: {error}"}, status_code=503)
        damaged = kept_aside(settings.warehouse.inbox_path)
        kept = {"damaged": ", ".join(damaged)} if damaged else {}
        return Response({"status": "ready", "version": release, **kept})

    @get("/metrics", media_type=MediaType.TEXT)
    async def read_metrics() -> Response[bytes]:
        """Counts and measures, in Prometheus' text format."""
        text = await asyncio.to_thread(generate_latest, metrics.registry)
        return Response(text, headers={"content-type": CONTENT_TYPE_LATEST})

    app = Litestar(
        [live, ready, read_metrics],
        logging_config=None,  # the command line decides how to log
        openapi_config=OpenAPIConfig(
            title="Engagement warehouse: receiver",
            version="1",
            path="/schema",
            render_plugins=[SwaggerRenderPlugin()],
        ),
    )
    app.openapi_schema.paths = {PATH: describe_webhook(), **(app.openapi_schema.paths or {})}
    return app
