"""The bounds on connections. `connection` holds them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Bounds on connections. The times suit the slowest honest sender; a hostile one can't hold a connection long."""

    # Each connection costs a file descriptor and a few kilobytes. Half of them may be taken at once, after a restart.
    max_connections: int = 4096
    max_seconds_for_head: float = 10
    max_seconds_for_body: float = 30
    # For a client that reads no answers.
    max_seconds_for_answer: float = 30
    # nginx keeps idle connections for 60 s, Caddy for 120 s, Google's load balancer for 600 s. If the receiver closed
    # one first, a delivery that the proxy sends on it at that moment would get a 502.
    max_seconds_idle: float = 620
    max_bytes_for_head: int = 64 * 1024
    # For a sender that is still sending a body when it is refused: what comes after the answer is thrown away.
    max_seconds_to_linger: float = 10
    max_bytes_to_discard: int = 64 * 1024 * 1024
    # For a request that is on its way when the receiver is told to end. A proxy on another machine needs milliseconds.
    max_seconds_for_last_head: float = 0.5
    # For the rest of a body that is on its way then. A sender that has stopped in the middle of one gets a 408.
    max_seconds_for_last_body: float = 8
    # For every answer then. After that, uvicorn cancels what is left: a sender would get a 500.
    max_seconds_to_finish: int = 10

    @property
    def max_not_accepted(self) -> int:
        """How many connections the kernel keeps until they are accepted. The others wait, and try again by themselves.

        All of them are accepted at once when the receiver has started. If these were more than `max_connections`, the
        receiver would hang up on some before it has looked at them. The socket's unit has the same number.
        """
        return self.max_connections // 2


LIMITS = Limits()
