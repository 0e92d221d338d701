"""One delivery on a connection of its own, as a sender without a client library makes it."""

import asyncio
import json

from ingest.signature import HEADER, sign

# A delivery waits for a restart, and on a slow machine for much more.
PATIENCE_OF_A_SENDER = 60


async def deliver(port: int, secret: str, action_id: str, host: str = "test") -> str:
    """The status, or what went wrong."""
    body = json.dumps({"actionId": action_id, "action": "LOGIN"}).encode()
    head = f"POST /webhooks/zuddl HTTP/1.1\r\nHost: {host}\r\nContent-Length: {len(body)}\r\n"
    head += f"{HEADER}: {sign(secret, body)}\r\n\r\n"
    try:
        async with asyncio.timeout(PATIENCE_OF_A_SENDER):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(head.encode() + body)
            line = await reader.readline()
            writer.close()
    except (OSError, TimeoutError) as error:
        return type(error).__name__
    return line.decode().partition(" ")[2][:3] or "unanswered"
