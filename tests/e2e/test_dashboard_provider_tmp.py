"""A small OpenID Connect provider: it signs in, without asking, whoever the test says is there."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT_ID, CLIENT_SECRET = "dashboard", "a secret of the client"


@dataclass
class Provider:
    """Where it is, and the claims of whoever signs in next."""

    issuer: str
    claims: dict[str, object] = field(default_factory=dict)
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "1", "alg": "RS256", "use": "sig"}))
    nonces: dict[str, str] = field(default_factory=dict)

    @property
    def metadata_url(self) -> str:
        return f"{self.issuer}/.well-known/openid-configuration"

    def metadata(self) -> dict[str, object]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
        }

    def authorize(self, asked: dict[str, str]) -> str:
        """The address that the browser is sent back to, with a code that is good once."""
        assert (asked["client_id"], asked["response_type"]) == (CLIENT_ID, "code")
        code = f"code-{time.monotonic_ns()}"
        self.nonces[code] = asked["nonce"]
        return asked["redirect_uri"] + "?" + urlencode({"code": code, "state": asked["state"]})

    def token(self, form: dict[str, str]) -> dict[str, object]:
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT_ID, "sub": "1", "iat": now, "exp": now + 60, **self.claims}
        header = {"alg": "RS256", "kid": "1"}
        id_token = jwt.encode(header, claims | {"nonce": self.nonces.pop(form["code"])}, self.key)
        return {"access_token": "-", "token_type": "Bearer", "expires_in": 60, "id_token": id_token}


@contextmanager
def oidc_provider() -> Iterator[Provider]:
    """A provider that answers until the end of the block."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            address = urlsplit(self.path)
            if address.path == "/authorize":
                self.send_response(302)
                self.send_header("Location", provider.authorize(fields(address.query)))
                self.end_headers()
            elif address.path == "/jwks":
                self.answer({"keys": [provider.key.as_dict(private=False)]})
            else:
                self.answer(provider.metadata())

        def do_POST(self) -> None:
            form = fields(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self.answer(provider.token(form))

        def answer(self, body: dict[str, object]) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, *_: object) -> None:
            """Keep the terminal for the tests."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        provider = Provider(f"http://127.0.0.1:{server.server_port}")
        Thread(target=server.serve_forever, daemon=True).start()
        yield provider
        server.shutdown()


def fields(query: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(query).items()}
