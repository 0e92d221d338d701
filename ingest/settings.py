"""What the environment says about the receiver. It is read once, at the edge, and passed in."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ingest.secret import HOW_TO_GET_ONE, WebhookSecret, read_secret
from ingest.signature import HEADER, INFERRED, Scheme, every_scheme
from warehouse.settings import SettingsError, WarehouseSettings, whole_number

# systemd sets the variable for a service with LoadCredential=, and puts the file into its folder.
CREDENTIALS_DIRECTORY, CREDENTIAL = "CREDENTIALS_DIRECTORY", "zuddl_webhook_secret"
# RFC 9110, 5.6.2: what a header's name may consist of.
HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
# A value in other characters than these has no one spelling in bytes.
HEADER_VALUE = re.compile(r"[\t -~]+")
# Each request has these for other purposes. Compared with a fixed value, they would refuse every delivery.
TAKEN_HEADERS = {
    HEADER.lower(),
    "host",
    "content-length",
    "content-type",
    "content-encoding",
    "transfer-encoding",
    "connection",
    "upgrade",
    "expect",
}


@dataclass(frozen=True)
class ReceiverSettings:
    """All settings of the receiver. Its repr shows no secret."""

    secret: WebhookSecret  # as it was written
    secrets: tuple[bytes, ...] = field(repr=False)  # those in it, valid now; several while rotating
    auth_header: "AuthHeader | None"
    scheme: Scheme
    host: str
    port: int
    max_body_bytes: int
    set_aside_max_bytes: int
    warehouse: WarehouseSettings

    @property
    def address(self) -> str:
        """HOST and PORT as a web address has them."""
        return address(self.host, self.port)

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "ReceiverSettings":
        """Settings from the environment.

        Raises:
            SettingsError: a variable is missing or wrong.
        """
        secret, scheme = secret_from_env(env), scheme_from_env(env)
        secrets = secret.keys
        if not all(scheme.takes(key) for key in secrets):
            raise SettingsError(
                f"{secret.source} is not written as ZUDDL_SIGNATURE_SCHEME={scheme.name} says; "
                "`ingest diagnose` finds the scheme"
            )
        return cls(
            secret=secret,
            secrets=secrets,
            auth_header=AuthHeader.from_env(env),
            scheme=scheme,
            host=env.get("HOST", "").strip() or "127.0.0.1",
            port=whole_number(env, "PORT", 8000, minimum=1, maximum=65_535),
            max_body_bytes=whole_number(env, "MAX_BODY_BYTES", 1_048_576, minimum=1, maximum=1_073_741_824),
            set_aside_max_bytes=whole_number(env, "SET_ASIDE_MAX_BYTES", 1_073_741_824, minimum=0, maximum=2**40),
            warehouse=WarehouseSettings.from_env(env),
        )


def address(host: str, port: int) -> str:
    """A host and a port as a web address has them: an IPv6 address stands in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def secret_from_env(env: Mapping[str, str]) -> WebhookSecret:
    """What ZUDDL_WEBHOOK_SECRET holds, else the file that ZUDDL_WEBHOOK_SECRET_FILE names, else systemd's credential.

    Raises:
        SettingsError: there is none, two are named, or the file can't be read.
    """
    text, file = env.get("ZUDDL_WEBHOOK_SECRET", "").strip(), env.get("ZUDDL_WEBHOOK_SECRET_FILE", "").strip()
    if text and file:
        raise SettingsError("ZUDDL_WEBHOOK_SECRET and ZUDDL_WEBHOOK_SECRET_FILE are both set: remove one")
    if text:
        return WebhookSecret(text, "ZUDDL_WEBHOOK_SECRET")
    if file:
        return read_secret(Path(file), "ZUDDL_WEBHOOK_SECRET_FILE")
    credential = Path(env.get(CREDENTIALS_DIRECTORY, ""), CREDENTIAL)
    if env.get(CREDENTIALS_DIRECTORY) and credential.exists():
        return read_secret(credential, CREDENTIALS_DIRECTORY)
    raise SettingsError(f"ZUDDL_WEBHOOK_SECRET is not set, and no file with it: {HOW_TO_GET_ONE}")


def scheme_from_env(env: Mapping[str, str]) -> Scheme:
    """The scheme that ZUDDL_SIGNATURE_SCHEME names; the inferred one where it names none.

    Raises:
        SettingsError: no scheme has that name.
    """
    name = env.get("ZUDDL_SIGNATURE_SCHEME", "").strip() or INFERRED.name
    schemes = {scheme.name: scheme for scheme in every_scheme()}
    if name not in schemes:
        raise SettingsError(
            f"ZUDDL_SIGNATURE_SCHEME is {name!r}, which names no scheme: a name looks like {INFERRED.name!r}, and "
            "`ingest diagnose` finds the right one"
        )
    return schemes[name]


@dataclass(frozen=True)
class AuthHeader:
    """A static header that Zuddl sends with each delivery. `name` is in lower case, as HTTP servers give it."""

    name: bytes
    value: bytes = field(repr=False)

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "AuthHeader | None":
        """The header of ZUDDL_AUTH_HEADER, None when it is not set.

        Raises:
            SettingsError: it is not of the form `Name: value`, or no header can be so.
        """
        text = env.get("ZUDDL_AUTH_HEADER", "").strip()
        if not text:
            return None
        name, colon, value = (part.strip() for part in text.partition(":"))
        if not (colon and HEADER_NAME.fullmatch(name) and HEADER_VALUE.fullmatch(value)):
            raise SettingsError(
                "ZUDDL_AUTH_HEADER must have the form 'Name: value', such as 'X-Webhook-Token: abc123': letters, "
                "digits and hyphens in the name, printable ASCII in the value, no quotes around it all"
            )
        if name.lower() in TAKEN_HEADERS:
            raise SettingsError(f"ZUDDL_AUTH_HEADER can't be {name}: a request has this header for another purpose")
        return cls(name.lower().encode(), value.encode())
