"""Sign-in at a real OpenID Connect provider, in a real browser: who gets in, and where."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey
from playwright.sync_api import Browser, expect

from tests.e2e.machine import ROOT, Machine, eventually, free_port

pytestmark = pytest.mark.e2e
CLIENT_ID, CLIENT_SECRET = "dashboard", "a secret of the client"


@dataclass
class Provider:
    """Signs in, without asking, whoever has the claims."""

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


SECRETS = """
[auth]
redirect_uri = "{address}/oauth2callback"
cookie_secret = "a long random text that nobody knows"
client_id = "{client_id}"
client_secret = "{client_secret}"
server_metadata_url = "{metadata_url}"
"""
REFUSAL = "This address may not see the dashboard."
NOTHING_YET = "Nothing to show yet"  # the first screen of a dashboard without data

ANN: dict[str, object] = {"email": "ann@example.com", "email_verified": True}
CLAIMS: list[tuple[dict[str, object], bool]] = [
    (ANN, True),
    ({"email": "eve@example.org", "email_verified": True}, False),
    ({"email": "ann@example.com", "email_verified": False}, False),
    ({"email": "ann@example.com", "email_verified": "true"}, False),
    ({"email": "ann@example.com"}, False),
]

# Event, session and room of a sample payload.
SAMPLE = ROOT / "tests" / "payloads" / "time_spent_full.json"
EVENT, SESSION = "c2a7c3a0-10b5-4a55-9d0c-6f7f5a4d9e10", "b7b2c0a4-96c1-4f61-9a5f-2f0a1b3c4d5e"
ROOM = "6f1e2d3c-4b5a-4968-8776-655443322110"


def secrets_of(provider: Provider, address: str) -> str:
    """What an operator writes for this provider."""
    filled = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "metadata_url": provider.metadata_url}
    return SECRETS.format(address=address, **filled)


@contextmanager
def dashboard_of_ann(machine: Machine, folder: Path) -> Iterator[str]:
    """The address of a dashboard, started in a folder with secrets, at whose provider Ann signs in."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    machine.more_env = {"DASHBOARD_ALLOWED": "@example.com", "DASHBOARD_PORT": str(port)}
    machine.directory = folder
    (folder / ".streamlit").mkdir()
    with oidc_provider() as provider:
        provider.claims = ANN
        (folder / ".streamlit" / "secrets.toml").write_text(secrets_of(provider, address), encoding="utf-8")
        machine.start("dashboard", "serve")
        eventually(lambda: machine.answers("/_stcore/health", address))
        yield address


def test_who_is_on_the_list_gets_in_and_nobody_else(machine: Machine, browser: Browser, tmp_path: Path) -> None:
    """An allowed address, another one, allowed ones that the provider has not verified; and out again."""
    port = free_port()
    address = f"http://localhost:{port}"
    machine.more_env = {"DASHBOARD_ALLOWED": "@example.com"}
    with oidc_provider() as provider:
        secrets = tmp_path / "secrets.toml"
        secrets.write_text(secrets_of(provider, address), encoding="utf-8")
        machine.start("streamlit", "run", "dashboard", "--server.port", str(port), "--secrets.files", str(secrets))
        eventually(lambda: machine.answers("/_stcore/health", address))

        for claims, is_let_in in CLAIMS:
            provider.claims = claims
            page = browser.new_context().new_page()
            page.goto(address)
            sign_in = page.get_by_role("button", name="Sign in")
            expect(sign_in).to_be_visible(timeout=30_000)
            expect(page.get_by_text(NOTHING_YET)).to_have_count(0)
            sign_in.click()
            expect(page.get_by_text(NOTHING_YET if is_let_in else REFUSAL)).to_be_visible(timeout=30_000)
            expect(page.get_by_text(REFUSAL if is_let_in else NOTHING_YET)).to_have_count(0)

            page.get_by_role("button", name="Sign out ann@example.com" if is_let_in else "Sign out").click()
            expect(sign_in).to_be_visible(timeout=30_000)


def test_sign_in_brings_back_the_page_and_the_filters_of_the_link(
    machine: Machine, browser: Browser, tmp_path: Path
) -> None:
    """On a phone and at a desk; in a tab of its own for each link, and once: afterwards a visitor goes anywhere."""
    loaded = machine.run("warehouse", "load", str(SAMPLE))
    assert loaded.returncode == 0, loaded.stderr
    with dashboard_of_ann(machine, tmp_path) as address:
        for width in (390, 1440):
            links = [f"{address}/sessions?event={EVENT}&room={ROOM}&show={SESSION}", f"{address}/tags?event={EVENT}"]
            context = browser.new_context(viewport={"width": width, "height": 900})
            tabs = [context.new_page() for _ in links]
            for tab, link in zip(tabs, links, strict=True):
                tab.goto(link)
                expect(tab.get_by_role("button", name="Sign in")).to_be_visible(timeout=30_000)
            for tab, link, title in zip(tabs, links, ("Sessions", "Tags"), strict=True):
                tab.get_by_role("button", name="Sign in").click()
                expect(tab.get_by_role("heading", name=title, exact=True)).to_be_visible(timeout=30_000)
                assert tab.url == link

            tabs[0].goto(f"{address}/speakers")
            expect(tabs[0].get_by_role("heading", name="Speakers", exact=True)).to_be_visible(timeout=30_000)
            assert tabs[0].url == f"{address}/speakers?event={EVENT}"
            context.close()
