"""The settings of the dashboard, from the environment."""

from collections.abc import Mapping
from dataclasses import dataclass

from warehouse.settings import SettingsError, WarehouseSettings, whole_number


@dataclass(frozen=True)
class DashboardSettings:
    """What the dashboard shows, where, and to whom."""

    warehouse: WarehouseSettings
    host: str = "127.0.0.1"
    port: int = 8501
    show_pii: bool = False
    has_sql: bool = True
    is_open: bool = False
    is_email_verified_optional: bool = False
    allowed: tuple[str, ...] = ()

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "DashboardSettings":
        """Settings from the environment.

        Raises:
            SettingsError: a variable is wrong.
        """
        allowed = [_lowered(entry.strip()) for entry in env.get("DASHBOARD_ALLOWED", "").split(",") if entry.strip()]
        for entry in allowed:
            if not _is_address(entry if entry[0] != "@" else f"anybody{entry}"):
                raise SettingsError(f"DASHBOARD_ALLOWED must list mail addresses or @domains, not {entry!r}")
        return cls(
            warehouse=WarehouseSettings.from_env(env),
            host=env.get("DASHBOARD_HOST", "").strip() or cls.host,
            port=whole_number(env, "DASHBOARD_PORT", cls.port, minimum=1, maximum=65_535),
            show_pii=_switch(env, "DASHBOARD_SHOW_PII", default=False),
            has_sql=_switch(env, "DASHBOARD_SQL", default=True),
            is_open=_switch(env, "DASHBOARD_OPEN", default=False),
            is_email_verified_optional=_switch(env, "DASHBOARD_EMAIL_VERIFIED_OPTIONAL", default=False),
            allowed=tuple(allowed),
        )

    @property
    def url(self) -> str:
        """Where a browser finds the dashboard that `dashboard serve` shows."""
        return f"http://{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"

    def allows(self, mail: str) -> bool:
        """Whether `DASHBOARD_ALLOWED` names the address or its domain."""
        address = _lowered(mail)
        return _is_address(mail) and (address in self.allowed or address[address.index("@") :] in self.allowed)


def _lowered(address: str) -> str:
    """In lower case, of ASCII alone: other letters have rules by which two domains become one, such as ß and ss."""
    return "".join(letter.lower() if letter.isascii() else letter for letter in address)


def _is_address(text: str) -> bool:
    """Whether there is something on both sides of exactly one `@`, and no blank or invisible character."""
    return text.count("@") == 1 and all(text.split("@")) and text.isprintable() and " " not in text


def _switch(env: Mapping[str, str], name: str, *, default: bool) -> bool:
    text = env.get(name, "").strip() or str(int(default))
    if text not in ("0", "1"):
        raise SettingsError(f"{name} must be 0 or 1, not {text!r}")
    return text == "1"
