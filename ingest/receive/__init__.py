"""Receiving: from bytes on a connection to a verified delivery.

- `http_server`: uvicorn, with the bounds that an open port needs
- `app`: which requests go to the webhook, and Litestar for all others: health, metrics, schema
- `webhook`: one delivery: size, static header, signature, inbox, answer
- `body`: reads a body within bounds
- `refusals`: an id and a line in the log for each refusal, up to a bound
- `openapi`: describes the webhook in the schema
"""
