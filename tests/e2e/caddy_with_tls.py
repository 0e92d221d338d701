"""A real Caddy that ends TLS, as in front of a receiver that Zuddl calls."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.e2e.machine import eventually, free_port
from tests.programs import program

CADDYFILE = """
{{
    admin off
    local_certs
    skip_install_trust
    auto_https disable_redirects
}}
https://localhost:{port} {{
    @webhook path /webhooks/zuddl /webhooks/zuddl/
    handle @webhook {{
        reverse_proxy 127.0.0.1:{target}
    }}
    handle {{
        respond 404
    }}
}}
"""


class Public(NamedTuple):
    """The public address, and the file with the certificate authority that made its certificate."""

    url: str
    authority: Path


@contextmanager
def caddy_with_tls(target: int, folder: Path) -> Iterator[Public]:
    """Caddy, which ends TLS with a certificate of its own authority, in front of a port."""
    port = free_port()
    (folder / "Caddyfile").write_text(CADDYFILE.format(port=port, target=target))
    command = [program("caddy", "caddy"), "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"]
    env = {**os.environ, "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder), "HOME": str(folder)}
    caddy = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    authority = folder / "caddy" / "pki" / "authorities" / "local" / "root.crt"
    certificates = folder / "caddy" / "certificates"
    try:
        eventually(lambda: authority.exists() and list(certificates.rglob("*.crt")))
        yield Public(f"https://localhost:{port}/webhooks/zuddl", authority)
    finally:
        caddy.terminate()
        caddy.wait(60)
