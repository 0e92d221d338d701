"""`dashboard`: the commands that show the figures in a browser, and write reports of them."""

import errno
import socket
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from dashboard.reports.command import report
from dashboard.settings import DashboardSettings
from warehouse.settings import read_environment

HERE = Path(__file__).parent


class CannotServe(click.ClickException):
    """The dashboard can't start here; the message is for the operator."""


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="engagement-warehouse")
def main() -> None:
    """Show the figures of DATA_DIR/warehouse.duckdb, and write reports of them."""


main.add_command(report)


@main.command()
def serve() -> None:
    """Show the dashboard in a browser, until Ctrl-C.

    It listens at DASHBOARD_HOST:DASHBOARD_PORT (127.0.0.1:8501), and shows what is in DATA_DIR (data). `.env` and
    `.streamlit/secrets.toml`, which turns sign-in on, are looked up in the working directory.
    """
    settings = DashboardSettings.from_env(read_environment())
    require_free_port(settings)
    require_readable_sign_in()
    data = settings.warehouse.lake.address if settings.warehouse.lake else settings.warehouse.data_dir
    click.echo(f"Dashboard: {settings.url}   Data: {data}   End with: Ctrl-C")
    try:
        from streamlit.web.cli import main as streamlit  # noqa: PLC0415 -- it takes a second, which --help is spared

        streamlit.main(["run", str(HERE), *flags(settings)], prog_name="streamlit", standalone_mode=False)
    except (KeyboardInterrupt, click.Abort):
        return  # Ctrl-C before the server was up


def require_free_port(settings: DashboardSettings) -> None:
    """Find out whether the dashboard can listen, before anything starts.

    Raises:
        CannotServe: the address is taken, or none of this machine.
    """
    host, port = settings.host, settings.port
    try:
        socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET).close()
    except UnicodeError:
        raise CannotServe(f"DASHBOARD_HOST is {host!r}, which is no name of a host") from None
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise CannotServe(f"{host}:{port} is taken by another process; set DASHBOARD_PORT to a free one") from None
        why = (error.strerror or str(error)).partition(" (while")[0]
        raise CannotServe(f"can't listen at {host}:{port}: {why}; check DASHBOARD_HOST and DASHBOARD_PORT") from None


def require_readable_sign_in() -> None:
    """Find out whether the section for sign-in is complete, before anything starts: on some faults Streamlit crashes.

    Raises:
        CannotServe: it is not, or the secrets can't be read.
    """
    from dashboard import sign_in  # noqa: PLC0415 -- it imports Streamlit, which --help is spared

    try:
        sign_in.is_configured()
    except sign_in.Faulty as fault:
        raise CannotServe(str(fault)) from None


def flags(settings: DashboardSettings) -> list[str]:
    """The options of `.streamlit/config.toml`, and the address: a flag wins over what is set anywhere else."""
    options = tomllib.loads((HERE / ".streamlit" / "config.toml").read_text("utf-8"))
    options["server"] |= {"address": settings.host, "port": settings.port}
    options["logger"] = {"hideWelcomeMessage": True}
    return [f"--{name}={value}" for name, value in _flat(options)]


def _flat(options: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in options.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        elif not isinstance(value, list):  # no flag takes a list, such as colours: Streamlit reads it from the file
            yield f"{prefix}{name}", value
