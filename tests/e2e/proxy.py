"""Real reverse proxies, run with the configurations that the documents print."""

import os
import re
import ssl
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from email.message import Message
from pathlib import Path
from typing import NamedTuple

from tests.e2e.machine import ROOT, eventually, free_port
from tests.programs import program

# What surrounds a file in /etc/nginx/conf.d, with nothing outside the test's folder and nothing in the background.
NGINX = """
daemon off;
worker_processes 1;
pid {folder}/pid;
error_log {folder}/error.log;
{user}
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/client_body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {printed}
}}
"""


class Answer(NamedTuple):
    """What a client sees of an answer."""

    status: int
    headers: Message
    body: bytes


class Printed(NamedTuple):
    """A fenced block of a document."""

    document: Path
    language: str
    text: str


def printed() -> list[Printed]:
    """Every fenced block that a README prints, without its indentation."""
    documents = [
        ROOT / "README.md",
        *sorted(p for wing in ("dashboard", "ingest", "warehouse") for p in (ROOT / wing).rglob("README.md")),
    ]
    return [
        Printed(document, language, re.sub(rf"^{indent}", "", text, flags=re.MULTILINE))
        for document in documents
        for indent, language, text in re.findall(
            r"^( *)```(\w*)\n(.*?)^ *```$", document.read_text("utf-8"), re.DOTALL | re.MULTILINE
        )
    ]


def the_only(language: str, document: Path) -> str:
    """The only block of a document in this language."""
    [text] = [block.text for block in printed() if (block.document, block.language) == (document, language)]
    return text


class Proxy(NamedTuple):
    """A proxy that answers at an address, and knows the host that its configuration names."""

    url: str
    host: str

    def ask(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """One request, on a connection of its own, and its answer, whatever the status."""
        request = urllib.request.Request(self.url + path, body, {"Host": self.host, **(headers or {})}, method=method)
        trusting = ssl._create_unverified_context()  # noqa: S323, SLF001 -- the certificate is made for the test
        try:
            with urllib.request.urlopen(request, timeout=60, context=trusting) as answer:
                return Answer(answer.status, answer.headers, answer.read())
        except urllib.error.HTTPError as refusal:
            with refusal:
                return Answer(refusal.code, refusal.headers, refusal.read())


@contextmanager
def caddy(text: str, target: int, folder: Path) -> Iterator[Proxy]:
    """Caddy with this Caddyfile, in front of a port. It serves the host of the first line at a port without TLS."""
    port, host = free_port(), text.split(maxsplit=1)[0]
    text = text.replace(host, f"http://{host}:{port}", 1)
    (folder / "Caddyfile").write_text("{\n admin off\n default_bind 127.0.0.1\n}\n" + _aimed_at(target, text))
    command = [program("caddy", "caddy"), "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"]
    address = f"http://127.0.0.1:{port}"
    with _running(command, address, host, {"XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}) as proxy:
        yield proxy


@contextmanager
def nginx(text: str, target: int, folder: Path) -> Iterator[Proxy]:
    """The server nginx with this configuration, in front of a port, with a certificate and a port of the test's own."""
    port, [host] = free_port(), re.findall(r"server_name (\S+);", text)
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    make = [
        program("openssl", "openssl"),
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
    ]
    subprocess.run(
        [*make, "-subj", "/CN=localhost", "-keyout", key, "-out", certificate], check=True, capture_output=True
    )
    text = re.sub(r"(ssl_certificate_key) \S+;", rf"\1 {key};", text)
    text = re.sub(r"(ssl_certificate) \S+;", rf"\1 {certificate};", text)
    text = text.replace("listen 443 ssl;", f"listen 127.0.0.1:{port} ssl;")
    user = "" if os.geteuid() else "user root;"  # another one could not enter the test's folder
    configuration = folder / "nginx.conf"
    configuration.write_text(NGINX.format(folder=folder, user=user, printed=_aimed_at(target, text)))
    command = [
        program("nginx", "nginx-light"),
        "-p",
        str(folder),
        "-c",
        str(configuration),
        "-e",
        str(folder / "error.log"),
    ]
    with _running(command, f"https://127.0.0.1:{port}", host, {}) as proxy:
        yield proxy


def _aimed_at(target: int, text: str) -> str:
    aimed, count = re.subn(r"127\.0\.0\.1:(8000|8501)\b", f"127.0.0.1:{target}", text)
    assert count == 1
    return aimed


@contextmanager
def _running(command: list[str], url: str, host: str, env: Mapping[str, str]) -> Iterator[Proxy]:
    process = subprocess.Popen(command, env={**os.environ, **env}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    proxy = Proxy(url, host)

    def answers() -> bool:
        assert process.poll() is None, f"{command} has ended"
        try:
            return proxy.ask("GET", "/").status > 0
        except OSError:
            return False

    try:
        eventually(answers)
        yield proxy
    finally:
        process.terminate()
        process.wait(60)
