"""The receiver as a Litestar application."""

from litestar import Litestar, Response, get
from litestar.exceptions import ServiceUnavailableException
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import SwaggerRenderPlugin
from litestar.openapi.spec import (
    OpenAPIHeader,
    OpenAPIMediaType,
    OpenAPIResponse,
    OpenAPIType,
    Operation,
    Parameter,
    PathItem,
    RequestBody,
    Schema,
)

from ingest.group_commit import GroupCommit, NotStored
from ingest.settings import ReceiverSettings
from ingest.signature import HEADER
from ingest.webhook import PATH, webhook


def create_app(settings: ReceiverSettings, commit: GroupCommit) -> Litestar:
    """The application: the webhook, the two health checks, and a schema that describes all of them."""

    @get("/health/live", sync_to_thread=False)
    def live() -> dict[str, str]:
        """The process answers."""
        return {"status": "live"}

    @get("/health/ready", raises=[ServiceUnavailableException])
    async def ready() -> Response[dict[str, str]]:
        """A delivery could be stored right now: proved by a write that reached the disk."""
        try:
            await commit.prove_write()
        except NotStored as error:
            return Response({"detail": f"the inbox can't be written: {error}"}, status_code=503)
        return Response({"status": "ready"})

    app = Litestar(
        [webhook(settings, commit), live, ready],
        logging_config=None,  # the command line decides how to log
        openapi_config=OpenAPIConfig(
            title="Engagement warehouse: receiver",
            version="1",
            path="/schema",
            render_plugins=[SwaggerRenderPlugin()],
        ),
    )
    # A raw ASGI route describes nothing by itself.
    app.openapi_schema.paths = {PATH: describe_webhook(), **(app.openapi_schema.paths or {})}
    return app


def describe_webhook() -> PathItem:
    """The webhook's request and answers, for `/schema`."""

    def answer(description: str, key: str, headers: dict[str, OpenAPIHeader] | None = None) -> OpenAPIResponse:
        text = Schema(type=OpenAPIType.STRING)
        body = Schema(type=OpenAPIType.OBJECT, properties={key: text}, required=[key])
        return OpenAPIResponse(
            description,
            content={"application/json": OpenAPIMediaType(schema=body)},
            headers=dict(headers or {}),
        )

    retry_after = OpenAPIHeader(description="Seconds to wait", schema=Schema(type=OpenAPIType.INTEGER), required=True)
    return PathItem(
        post=Operation(
            operation_id="ReceiveDelivery",
            summary="Receive one delivery of Zuddl's webhook",
            description="Any body is accepted when its signature is right; what can't be used is quarantined.",
            parameters=[
                Parameter(
                    name=HEADER,
                    param_in="header",
                    required=True,
                    description="`sha256=` and the lower-case hex HMAC-SHA256 of the raw body, keyed with the secret",
                    schema=Schema(type=OpenAPIType.STRING, pattern="^sha256=[0-9a-f]{64}$"),
                )
            ],
            request_body=RequestBody(
                required=True,
                content={"application/json": OpenAPIMediaType(schema=Schema(type=OpenAPIType.OBJECT))},
            ),
            responses={
                "200": answer("The delivery is on disk", "status"),
                "401": answer("The signature or the static header is missing or wrong", "detail"),
                "413": answer("The body is too large; it was not read to its end", "detail"),
                "503": answer(
                    "Not stored: the disk refuses, or too much waits", "detail", {"Retry-After": retry_after}
                ),
            },
        )
    )
