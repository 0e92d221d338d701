"""Receiving: from bytes on a connection to a verified delivery.

- `http_server`: uvicorn, with connections of our own
- `connection`: one connection, within bounds
- `lingering`: the transport of a connection, whose close lets the last answer arrive
- `limits`: the bounds on connections
- `app`: which requests go to the webhook, and Litestar for all others: health, metrics, schema
- `webhook`: one delivery: path, size, static header, signature, inbox, answer
- `body`: reads a body within bounds
- `refusals`: counts each refusal, and gives it an id and, up to a bound, a line in the log
- `openapi`: describes the webhook in the schema
"""
