"""What the commands share: their settings, and faults in one line."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import click
import duckdb

from warehouse.settings import WarehouseSettings, read_environment
from warehouse.storage import files, reader, upgrading
from warehouse.storage.lock import LoaderBusy
from warehouse.storage.repeat_policy import OtherPolicy


def require_data(settings: WarehouseSettings) -> None:
    """Raise `WarehouseMissing` where there is neither a warehouse nor an inbox."""
    if files.latest(settings.warehouse_path) is None and not settings.inbox_path.exists():
        raise reader.WarehouseMissing(str(settings.warehouse_path))


@contextmanager
def faults_in_one_line() -> Iterator[WarehouseSettings]:
    """The settings. An error in the block that users can meet ends the command with one line."""
    try:
        settings = WarehouseSettings.from_env(read_environment())
        yield settings
    except LoaderBusy:
        raise click.ClickException(f"another process is writing the warehouse in {settings.data_dir}") from None
    except reader.WarehouseMissing as error:
        raise click.ClickException(
            f"there is no warehouse at {error}; is DATA_DIR right? The receiver or `warehouse load` makes one"
        ) from None
    except sqlite3.Error as error:
        raise click.ClickException(f"{settings.inbox_path}: {error}") from None
    except reader.OlderVersion as error:
        raise click.ClickException(_about_the_upgrade(settings, error)) from None
    except (reader.OtherVersion, OtherPolicy, OSError, duckdb.Error) as error:
        raise click.ClickException(str(error)) from None


def _about_the_upgrade(settings: WarehouseSettings, error: reader.OlderVersion) -> str:
    if upgrade := upgrading.under_way(settings.data_dir):
        return f"{settings.warehouse_path} is {upgrade}"
    return f"{error}: {upgrading.estimate(settings.warehouse_path)}"
