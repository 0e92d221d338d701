"""The webhook's request and answers, for `/schema`. The webhook is no Litestar route, so Litestar can't describe it."""

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

from ingest.signature import HEADER

TEXT = Schema(type=OpenAPIType.STRING)
REQUEST_ID = OpenAPIHeader(description="The request's id in the log", schema=TEXT, required=True)
RETRY_AFTER = OpenAPIHeader(description="Seconds to wait", schema=Schema(type=OpenAPIType.INTEGER), required=True)


def describe_webhook() -> PathItem:
    """The path's only operation."""
    return PathItem(
        post=Operation(
            operation_id="ReceiveDelivery",
            summary="Receive one delivery of Zuddl's webhook",
            description=(
                "Any body is accepted when its signature is right; what can't be used is quarantined. "
                "One trailing slash makes no difference."
            ),
            parameters=[
                Parameter(
                    name=HEADER,
                    param_in="header",
                    required=True,
                    description="`sha256=` and the lower-case hex HMAC-SHA256 of the raw body, keyed with the secret",
                    schema=TEXT,
                )
            ],
            request_body=RequestBody(
                required=True,
                content={"application/json": OpenAPIMediaType(schema=Schema(type=OpenAPIType.OBJECT))},
            ),
            responses={
                "200": _answer("The delivery is on disk", "status"),
                "401": _refusal("The signature or the static header is missing, wrong, or there twice"),
                "408": OpenAPIResponse(
                    description="The head or the body took too long; the connection is closed",
                    headers={"X-Request-Id": REQUEST_ID},
                ),
                "413": _refusal("The body is too large; the connection is closed"),
                "415": _refusal("The body is compressed"),
                "503": _refusal("Not stored: the disk refuses, or too much waits", {"Retry-After": RETRY_AFTER}),
            },
        )
    )


def _refusal(description: str, headers: dict[str, OpenAPIHeader] | None = None) -> OpenAPIResponse:
    return _answer(description, "detail", {"X-Request-Id": REQUEST_ID, **(headers or {})})


def _answer(description: str, key: str, headers: dict[str, OpenAPIHeader] | None = None) -> OpenAPIResponse:
    body = Schema(type=OpenAPIType.OBJECT, properties={key: TEXT}, required=[key])
    return OpenAPIResponse(
        description, content={"application/json": OpenAPIMediaType(schema=body)}, headers=dict(headers or {})
    )
