"""The settings of the dashboard, from the environment."""

from collections.abc import Mapping
from dataclasses import dataclass

from warehouse.settings import SettingsError, WarehouseSettings


@dataclass(frozen=True)
class DashboardSettings:
    """What the dashboard shows, and to whom."""

    warehouse: WarehouseSettings
    show_pii: bool = False
    has_sql: bool = True
    allowed: tuple[str, ...] = ()

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "DashboardSettings":
        """Settings from the environment.

        Raises:
            SettingsError: a variable is wrong.
        """
        allowed = [entry.strip().casefold() for entry in env.get("DASHBOARD_ALLOWED", "").split(",") if entry.strip()]
        for entry in allowed:
            if entry.count("@") != 1 or entry.endswith("@"):
                raise SettingsError(f"DASHBOARD_ALLOWED must list mail addresses or @domains, not {entry!r}")
        return cls(
            warehouse=WarehouseSettings.from_env(env),
            show_pii=_switch(env, "DASHBOARD_SHOW_PII", default=False),
            has_sql=_switch(env, "DASHBOARD_SQL", default=True),
            allowed=tuple(allowed),
        )

    def allows(self, mail: str) -> bool:
        """Whether `DASHBOARD_ALLOWED` names the address or its domain."""
        address = mail.strip().casefold()
        name, at, domain = address.rpartition("@")
        return bool(name and domain) and (address in self.allowed or at + domain in self.allowed)


def _switch(env: Mapping[str, str], name: str, *, default: bool) -> bool:
    text = env.get(name, "").strip() or str(int(default))
    if text not in ("0", "1"):
        raise SettingsError(f"{name} must be 0 or 1, not {text!r}")
    return text == "1"
