"""What the environment says about the receiver. It is read once, at the edge, and passed in."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from ingest.signature import HEADER, INFERRED, Scheme, every_scheme
from warehouse.settings import SettingsError, WarehouseSettings, whole_number

HOW_TO_GET_ONE = (
    "copy it from the webhook's settings in Zuddl, or make one that both sides use: "
    "python3 -c 'import secrets; print(secrets.token_urlsafe(32))'"
)
MIN_SECRET_CHARACTERS = 16
# The last five are those that a word processor makes of the plain ones.
QUOTES = "\"'`\u201c\u201d\u201e\u2018\u2019"
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

    secrets: tuple[bytes, ...] = field(repr=False)  # valid now; several while rotating
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
        secrets, scheme = secrets_from_env(env), scheme_from_env(env)
        if not all(scheme.takes(secret) for secret in secrets):
            raise SettingsError(
                f"ZUDDL_WEBHOOK_SECRET is not written as ZUDDL_SIGNATURE_SCHEME={scheme.name} says; "
                "`ingest diagnose` finds the scheme"
            )
        return cls(
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


def secrets_from_env(env: Mapping[str, str]) -> tuple[bytes, ...]:
    """The comma-separated secrets of ZUDDL_WEBHOOK_SECRET, each once.

    Raises:
        SettingsError: there is none, or one can't be what Zuddl shows.
    """
    secrets = [part.strip() for part in env.get("ZUDDL_WEBHOOK_SECRET", "").split(",") if part.strip()]
    if not any(secret.strip(QUOTES) for secret in secrets):
        raise SettingsError(f"ZUDDL_WEBHOOK_SECRET is not set: {HOW_TO_GET_ONE}")
    for secret in secrets:
        if not secret.strip(QUOTES):
            raise SettingsError("ZUDDL_WEBHOOK_SECRET holds quotes with nothing between them")
        # Surrogates (Cs) stand for bytes that are no UTF-8; Cc and Cf are control characters and invisible ones.
        if any(unicodedata.category(character) in ("Cc", "Cf", "Cs") for character in secret):
            raise SettingsError(
                "ZUDDL_WEBHOOK_SECRET holds an invisible character, such as a zero-width blank, or bytes that are no "
                "UTF-8: type it instead of pasting it"
            )
    return tuple(dict.fromkeys(secret.encode() for secret in secrets))


def doubts_about_secrets(env: Mapping[str, str]) -> Iterator[str]:
    """What is probably wrong with ZUDDL_WEBHOOK_SECRET although it can be used: sentences without the secret."""
    parts = [part.strip() for part in env.get("ZUDDL_WEBHOOK_SECRET", "").split(",")]
    if "" in parts:
        yield "ZUDDL_WEBHOOK_SECRET has a comma with nothing before or after it: is one of the secrets missing?"
    if len(set(parts)) < len(parts):
        yield "ZUDDL_WEBHOOK_SECRET holds the same secret twice"
    for secret in filter(None, parts):
        if secret[0] in QUOTES or secret[-1] in QUOTES:
            yield "ZUDDL_WEBHOOK_SECRET holds a secret in quotes, and the quotes count as part of it: remove them"
        if len(secret) < MIN_SECRET_CHARACTERS:
            yield (
                f"ZUDDL_WEBHOOK_SECRET holds a secret of fewer than {MIN_SECRET_CHARACTERS} characters, which can be "
                "guessed: is it complete?"
            )


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
