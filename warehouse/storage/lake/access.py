"""Keys and address of object storage, which DuckDB is given, and our own question too."""

from collections.abc import Mapping
from typing import NamedTuple, Self
from urllib.parse import urlsplit

from warehouse.settings import SettingsError

SCHEME = "s3://"


class Access(NamedTuple):
    """Keys and address of object storage, from the variables of Amazon's own clients. No endpoint is Amazon."""

    key_id: str
    secret_key: str
    token: str
    region: str
    endpoint: str

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Self:
        """What the variables say.

        Raises:
            SettingsError: the endpoint is no address, and the keys would go to Amazon.
        """
        endpoint = env.get("AWS_ENDPOINT_URL", "")
        address = urlsplit(endpoint)
        if endpoint and (address.scheme not in ("http", "https") or not address.netloc):
            raise SettingsError(f"AWS_ENDPOINT_URL must begin with https:// or http://, not {endpoint!r}")
        return cls(
            env.get("AWS_ACCESS_KEY_ID", ""),
            env.get("AWS_SECRET_ACCESS_KEY", ""),
            env.get("AWS_SESSION_TOKEN", ""),
            env.get("AWS_REGION", "us-east-1"),
            f"{address.scheme}://{address.netloc}" if endpoint else "",
        )
