"""`ingest install`: the services of systemd for one organisation, from the files in `ingest/deploy`."""

import os
import re
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import click

UNITS = Path("etc/systemd/system")
OURS = Path("etc/engagement")
# What every organisation shares: the file, and where it goes.
SHARED = {
    "engagement@.service": UNITS,
    "engagement-dashboard@.service": UNITS,
    "engagement-backup@.service": UNITS,
    "engagement-backup@.timer": UNITS,
    "engagement-loader@.service": UNITS,
    "engagement.conf": Path("etc/sysusers.d"),
    "alerts.yml": OURS,
}
STARTED = (
    "engagement@{}.socket",
    "engagement@{}.service",
    "engagement-dashboard@{}.service",
    "engagement-backup@{}.timer",
)
# On a host of a lake without a receiver, somebody starts this one.
LOADER = "engagement-loader@{}.service"
SECRET_BYTES = 32
PRIVATE, READABLE = 0o600, 0o644
# A name as certificates have it, such as events.example.org: Caddy would take anything else for another address.
DOMAIN = re.compile(
    r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])", re.IGNORECASE
)
# The services see none of these.
HIDDEN = ("/home", "/root", "/run/user", "/tmp", "/var/tmp")  # noqa: S108 -- nothing is written there


@dataclass(frozen=True)
class File:
    """A file to write. One that the operator edits is never written over."""

    path: Path
    text: str
    mode: int = READABLE
    is_operators: bool = False


def _public_name(_context: click.Context, _option: click.Parameter, domain: str) -> str:
    if not DOMAIN.fullmatch(domain):
        raise click.BadParameter("a public name is needed, such as events.example.org")
    return domain


def _organisation(_context: click.Context, _argument: click.Parameter, name: str) -> str:
    if not re.fullmatch(r"[a-z0-9_]{1,64}", name):
        raise click.BadParameter("NAME may have small letters, digits and underscores, at most 64")
    return name


@click.command()
@click.argument("name", default="main", callback=_organisation)
@click.option(
    "--port", default=8000, show_default=True, type=click.IntRange(1, 65_535), help="Where deliveries arrive."
)
@click.option(
    "--dashboard-port", default=8501, show_default=True, type=click.IntRange(1, 65_535), help="The dashboard's port."
)
@click.option(
    "--domain",
    default="events.example.org",
    show_default=True,
    callback=_public_name,
    help="The public name, for the Caddyfile.",
)
@click.option("--lake", "is_lake", is_flag=True, help="The warehouse is in a lake: let the services reach it.")
@click.option("--print", "is_print", is_flag=True, help="Show what would be written, and do nothing.")
@click.option("--uninstall", "is_uninstall", is_flag=True, help="Stop and remove the services; data and settings stay.")
def install(  # noqa: PLR0913 -- one for each option
    name: str, port: int, dashboard_port: int, domain: str, *, is_lake: bool, is_print: bool, is_uninstall: bool
) -> None:
    """Install receiver, dashboard and nightly backup as services of systemd, and start them.

    NAME is the organisation's: each has services, a data folder, settings and ports of its own. Needs root.
    """
    if is_print and is_uninstall:
        raise click.UsageError("--print shows what would be written; --uninstall removes it: choose one")
    wanted = [*to_write(name, port, dashboard_port, domain), *(for_lake(name) if is_lake else ())]
    if is_print:
        for file in wanted:
            text = "(a new secret)\n" if file.path.suffix == ".secret" else file.text
            click.echo(f"# /{file.path}  ({file.mode:04o})\n{text}")
        return
    if os.geteuid() != 0:
        raise click.ClickException("only root can do this; --print shows what would be written")
    if not Path("/run/systemd/system").is_dir():
        raise click.ClickException("this system was not started by systemd; --print shows what would be written")
    if is_uninstall:
        uninstall(name)
        return
    if hidden := next((folder for folder in HIDDEN if Path(sys.prefix).is_relative_to(folder)), None):
        raise click.ClickException(
            f"the program lies in {sys.prefix}, and the services see nothing of {hidden}: "
            "make its environment elsewhere, such as in /opt/engagement"
        )
    for file in wanted:
        if not write(file):
            click.echo(f"kept /{file.path} as it is; remove it first to have it made again")
    run("systemd-sysusers")
    run("systemctl", "daemon-reload")
    run("systemctl", "enable", "--now", *(unit.format(name) for unit in STARTED))
    click.echo(
        f"{name} runs. A new one's receiver listens at 127.0.0.1:{port}, its dashboard at 127.0.0.1:{dashboard_port}.\n"
        f"The webhook's secret is in /{OURS / name}.secret: copy it to Zuddl, or write Zuddl's into it and run\n"
        f"  systemctl restart engagement@{name}\n"
        f"Caddy: add `import /{OURS}/*.Caddyfile` to /etc/caddy/Caddyfile. Prometheus: /{OURS}/alerts.yml."
    )


def to_write(name: str, port: int, dashboard_port: int, domain: str) -> Iterator[File]:
    """All files of an organisation. The files in `deploy` have examples where these have its own values.

    Raises:
        click.UsageError: receiver and dashboard have the same port.
    """
    if port == dashboard_port:
        raise click.UsageError(f"receiver and dashboard need a port each, and both have {port}")
    own = {
        "/opt/engagement/bin": str(Path(sys.prefix) / "bin"),
        "127.0.0.1:8000": f"127.0.0.1:{port}",
        "\nPORT=8000": f"\nPORT={port}",
        "8501": str(dashboard_port),
        "events.example.org": domain,
        "engagement@main": f"engagement@{name}",
    }

    def filled(template: str) -> str:
        text = files("ingest").joinpath("deploy", template).read_text("utf-8")
        return re.sub("|".join(map(re.escape, own)), lambda found: own[found[0]], text)

    for template, folder in SHARED.items():
        yield File(folder / template, filled(template))
    yield File(UNITS / f"engagement@{name}.socket", filled("engagement@.socket"), is_operators=True)
    yield File(OURS / f"{name}.Caddyfile", filled("Caddyfile"), is_operators=True)
    yield File(OURS / f"{name}.env", filled("environment"), PRIVATE, is_operators=True)
    yield File(OURS / f"{name}.secret", secrets.token_urlsafe(SECRET_BYTES) + "\n", PRIVATE, is_operators=True)


def for_lake(name: str) -> Iterator[File]:
    """What receiver and backup need besides, whose warehouse is in a lake."""
    text = files("ingest").joinpath("deploy", "lake.conf").read_text("utf-8")
    for folder in _drop_ins(name):
        yield File(folder / "lake.conf", text)


def _drop_ins(name: str) -> list[Path]:
    """The folders of what is changed in a unit, for the units that may not use the network otherwise."""
    return [UNITS / f"{unit}@{name}.service.d" for unit in ("engagement", "engagement-backup")]


def write(file: File, root: Path = Path("/")) -> bool:
    """Write a file with its mode, unless it is the operator's and there already. Was it written?"""
    path = root / file.path
    if file.is_operators and path.exists():
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(path.name + ".new")
    new.touch(file.mode)
    new.chmod(file.mode)
    new.write_text(file.text, "utf-8")
    new.rename(path)
    return True


def uninstall(name: str) -> None:
    """Stop the services and remove their files, those that all share with the last organisation."""
    if not Path("/", UNITS, f"engagement@{name}.socket").exists():
        raise click.ClickException(f"no organisation {name} is installed here")
    run("systemctl", "disable", "--now", *(unit.format(name) for unit in (*STARTED, LOADER)))
    remove(name)
    run("systemctl", "daemon-reload")
    click.echo(f"Removed. Data stay in /var/lib/engagement/{name}, settings and secret in /{OURS}.")


def remove(name: str, root: Path = Path("/")) -> None:
    """Remove the files of an organisation but its settings and its secret."""
    (root / UNITS / f"engagement@{name}.socket").unlink()
    (root / OURS / f"{name}.Caddyfile").unlink(missing_ok=True)
    for folder in _drop_ins(name):
        shutil.rmtree(root / folder, ignore_errors=True)
    if not list((root / UNITS).glob("engagement@*.socket")):
        for file, folder in SHARED.items():
            (root / folder / file).unlink(missing_ok=True)


def run(*command: str) -> None:
    """Run a command of the system.

    Raises:
        click.ClickException: it failed.
    """
    program = shutil.which(command[0])
    if program is None or subprocess.run([program, *command[1:]], check=False).returncode:  # noqa: S603 -- our own
        raise click.ClickException(f"`{' '.join(command)}` failed")
