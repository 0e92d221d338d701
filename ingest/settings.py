"""What the environment says about the receiver. It is read once, at the edge, and passed in."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ingest.signature import INFERRED, Scheme, every_scheme
from warehouse.settings import SettingsError, WarehouseSettings, whole_number

HOW_TO_GET_ONE = (
    "copy it from the webhook's settings in Zuddl, or make one that both sides use: "
    "python3 -c 'import secrets; print(secrets.token_urlsafe(32))'"
)


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

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "ReceiverSettings":
        """Settings from the environment.

        Raises:
            SettingsError: a variable is missing or wrong.
        """
        return cls(
            secrets=secrets_from_env(env),
            auth_header=AuthHeader.from_env(env),
            scheme=scheme_from_env(env),
            host=env.get("HOST", "").strip() or "127.0.0.1",
            port=whole_number(env, "PORT", 8000, minimum=1, maximum=65_535),
            max_body_bytes=whole_number(env, "MAX_BODY_BYTES", 1_048_576, minimum=1, maximum=1_073_741_824),
            set_aside_max_bytes=whole_number(env, "SET_ASIDE_MAX_BYTES", 1_073_741_824, minimum=0, maximum=2**40),
            warehouse=WarehouseSettings.from_env(env),
        )


def secrets_from_env(env: Mapping[str, str]) -> tuple[bytes, ...]:
    """The comma-separated secrets of ZUDDL_WEBHOOK_SECRET.

    Raises:
        SettingsError: there is none.
    """
    parts = env.get("ZUDDL_WEBHOOK_SECRET", "").split(",")
    secrets = tuple(part.strip().encode() for part in parts if part.strip())
    if not secrets:
        raise SettingsError(f"ZUDDL_WEBHOOK_SECRET is not set: {HOW_TO_GET_ONE}")
    return secrets


def scheme_from_env(env: Mapping[str, str]) -> Scheme:
    """The scheme that ZUDDL_SIGNATURE_SCHEME names; the inferred one where it names none.

    Raises:
        SettingsError: no scheme has that name.
    """
    name = env.get("ZUDDL_SIGNATURE_SCHEME", "").strip() or INFERRED.name
    schemes = {scheme.name: scheme for scheme in every_scheme()}
    if name not in schemes:
        raise SettingsError(
            f"ZUDDL_SIGNATURE_SCHEME is {name!r}, but must be one of: {', '.join(schemes)}; `ingest diagnose` finds it"
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
            SettingsError: it is not of the form `Name: value`.
        """
        text = env.get("ZUDDL_AUTH_HEADER", "").strip()
        if not text:
            return None
        name, colon, value = (part.strip() for part in text.partition(":"))
        if not (name and colon and value and name.isascii() and not any(c.isspace() for c in name)):
            raise SettingsError("ZUDDL_AUTH_HEADER must have the form 'Name: value', such as 'X-Webhook-Token: abc123'")
        return cls(name.lower().encode(), value.encode())
