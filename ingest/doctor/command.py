"""`ingest doctor`: every check, one line each."""

import json
import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from importlib.metadata import version
from pathlib import Path

import click
import duckdb

from ingest.doctor import configuration, data, deliveries, lake, machine, public, receiver
from ingest.doctor.ask import reason
from ingest.doctor.listening import addresses
from ingest.send.address import split
from ingest.send.command import receiver_url
from ingest.settings import ReceiverSettings
from ingest.verdicts import Finding, Verdict, fail, show, warning
from warehouse.postgres import CatalogError
from warehouse.settings import SettingsError, WarehouseSettings, read_environment, whole_number
from warehouse.storage.errors import OtherVersion, WarehouseMissing

RELEASE = "engagement-warehouse"
Check = Callable[[], Finding]


@click.command()
@click.option("--url", help="The public address of the webhook, as Zuddl calls it.")
@click.option(
    "--expect",
    "expected_count",
    type=click.IntRange(0),
    default=100_000,
    show_default=True,
    help="Deliveries that are expected.",
)
@click.option(
    "--backup",
    "backup_folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Where backups are: compare the latest with its checksums.",
)
@click.option("--json", "is_json", is_flag=True, help="Print the findings as JSON.")
def doctor(*, url: str | None, expected_count: int, backup_folder: Path | None, is_json: bool) -> None:
    """Check whether this machine is ready.

    One line for each check: ok, warning, or FAIL with its cure. Run it on the receiver's machine, in the folder with
    its `.env`, as its user or as root. With --url it also looks at the public address: its certificate, its clock,
    whether our receiver answers there, and whether the largest body passes. It stores and changes nothing; a small
    file without a name in DATA_DIR measures the disk. Exit code 1: a check failed.
    """
    if url is not None:
        split(url)
    findings = []
    for name, check in checks(url, expected_count, backup_folder):
        finding = look(check)
        findings.append((name, finding))
        if not is_json:
            show(name, finding)
    if is_json:
        click.echo(json.dumps([{"check": name, **finding._asdict()} for name, finding in findings], indent=2))
    if any(finding.verdict is Verdict.FAIL for _, finding in findings):
        click.get_current_context().exit(1)


def checks(url: str | None, expected_count: int, backup_folder: Path | None) -> Iterator[tuple[str, Check]]:
    """Each check with its name, in the order in which they are shown. Wrong settings are a finding of their own."""
    try:
        env = read_environment()
        warehouse = WarehouseSettings.from_env(env)
    except SettingsError as error:
        yield "settings", partial(_wrong_setting, error)
        return
    yield "environment file", partial(configuration.environment_file, Path(".env"))
    settings = None
    try:
        settings = ReceiverSettings.from_env(env)
    except SettingsError as error:
        yield "secret and settings", partial(_wrong_setting, error)
    else:
        yield from _of_the_receiver(settings)
    if os.path.isdir(warehouse.data_dir):  # noqa: PTH112 -- Path's fails where the folder above is closed to us
        yield from _of_the_machine(warehouse, expected_count)
        yield from _of_the_data(warehouse, backup_folder)
    else:
        yield "data", partial(_no_data, warehouse.data_dir)
    if warehouse.lake:
        yield from lake.checks(warehouse, warehouse.lake)
    yield "dashboard", partial(_dashboard, env)
    if url is None:
        yield "public address", _not_looked_at
    else:
        yield from _of_the_address(url, settings)


def look(check: Check) -> Finding:
    """What a check found; that it could not look is a failure, too."""
    try:
        return check()
    except (WarehouseMissing, OtherVersion) as error:
        return warning(f"can't be looked at: {error}", "see versions")
    except click.ClickException as error:
        return _wrong_setting(error)
    except CatalogError as error:
        return fail(str(error), lake.LOOK_AT_POSTGRESQL)
    except (OSError, sqlite3.Error, duckdb.Error) as error:
        cure = "run it as the service's user or as root; a damaged file is repaired by the receiver and its loader"
        return fail(f"can't be looked at: {error}", cure)


def _of_the_receiver(settings: ReceiverSettings) -> Iterator[tuple[str, Check]]:
    yield "secret", partial(configuration.secret, settings.secret)
    base_url = receiver_url(settings.host, settings.port).removesuffix("/webhooks/zuddl")
    yield "receiver", partial(receiver.is_ready, base_url)
    yield "release", partial(receiver.runs_this_release, base_url, version(RELEASE))
    if _exists(settings.warehouse.inbox_path):
        yield "set aside", partial(deliveries.set_aside, settings.warehouse, settings.set_aside_max_bytes)


def _of_the_machine(settings: WarehouseSettings, expected_count: int) -> Iterator[tuple[str, Check]]:
    yield "file system", partial(machine.file_system, settings.data_dir)
    yield "fsync", partial(machine.fsync_latency, settings.data_dir)
    yield "room", partial(machine.room, settings, expected_count)
    yield "memory", partial(machine.memory, settings)


def _of_the_data(settings: WarehouseSettings, backup_folder: Path | None) -> Iterator[tuple[str, Check]]:
    if not _exists(settings.inbox_path):
        yield "inbox", partial(_no_data, settings.inbox_path)
        return
    yield "owners", partial(data.owners, settings.data_dir)
    yield "modes", partial(data.modes, settings.data_dir)
    yield "damaged files", partial(data.damaged_files, settings)
    yield "write-ahead log", partial(data.write_ahead_log, settings)
    yield "backup", partial(data.backup, settings, backup_folder)
    if settings.lake:  # a lake has its own of what follows
        return
    yield "versions", partial(data.versions, settings)
    yield "watermark", partial(deliveries.watermark, settings)
    yield "backlog", partial(deliveries.backlog, settings)
    yield "last load", partial(deliveries.last_load, settings)
    yield "quarantine", partial(deliveries.quarantine, settings)


def _of_the_address(url: str, settings: ReceiverSettings | None) -> Iterator[tuple[str, Check]]:
    yield "certificate", partial(_asked, partial(public.certificate, url))
    yield "clock", partial(_asked, partial(public.clock, url))
    yield "path", partial(_asked, partial(public.path, url))
    if settings:
        yield "largest body", partial(_asked, partial(public.largest_body, url, settings.max_body_bytes))


def _asked(check: Check) -> Finding:
    """What a check found that asks the public address."""
    try:
        return check()
    except OSError as error:
        cure = "look at DNS, firewall and proxy; some networks can't reach their own public address from inside"
        return fail(f"no answer: {reason(error)}", cure)


def _dashboard(env: Mapping[str, str]) -> Finding:
    # The dashboard's settings can't be asked: `ingest` knows nothing of it.
    port = whole_number(env, "DASHBOARD_PORT", 8501, minimum=1, maximum=65_535)
    return configuration.dashboard(env, port, addresses(port), _folders_of_streamlit())


def _folders_of_streamlit() -> tuple[Path, ...]:
    home = os.path.expanduser("~")  # noqa: PTH111 -- Path's fails for a user without a home
    return (Path.cwd(), Path(home))


def _wrong_setting(error: click.ClickException) -> Finding:
    return fail(error.message, "correct it in the environment or in `.env`")


def _exists(path: Path) -> bool:
    return os.path.exists(path)  # noqa: PTH110 -- Path's fails where the folder is closed to us


def _no_data(path: Path) -> Finding:
    cure = "is DATA_DIR right? `ingest serve` makes it"
    try:
        path.stat()
    except FileNotFoundError:
        return fail(f"there is no {path}", cure)
    return fail(f"{path} is no folder", cure)


def _not_looked_at() -> Finding:
    return warning("not looked at", "give it with --url")
