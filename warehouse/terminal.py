"""What the commands share: their settings, and faults in one line."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import click
import duckdb

from warehouse.settings import WarehouseSettings, read_environment
from warehouse.storage import storage_of
from warehouse.storage.errors import LoaderBusy, OlderVersion, OtherVersion, WarehouseMissing
from warehouse.storage.one_line import one_line
from warehouse.storage.repeat_policy import OtherPolicy


def require_data(settings: WarehouseSettings) -> None:
    """Raise `WarehouseMissing` where there is neither a warehouse nor an inbox."""
    storage = storage_of(settings)
    if storage.generation() is None and not storage.is_lost() and not settings.inbox_path.exists():
        raise WarehouseMissing(storage.address)


@contextmanager
def faults_in_one_line() -> Iterator[WarehouseSettings]:
    """The settings. An error in the block that users can meet ends the command with one line."""
    try:
        settings = WarehouseSettings.from_env(read_environment())
        yield settings
    except LoaderBusy as error:
        raise click.ClickException(f"another process is writing the warehouse in {error}") from None
    except WarehouseMissing as error:
        raise click.ClickException(_about_what_is_missing(settings, error)) from None
    except sqlite3.Error as error:
        raise click.ClickException(f"{settings.inbox_path}: {error}") from None
    except OlderVersion as error:
        raise click.ClickException(_about_the_upgrade(settings, error)) from None
    except RuntimeError as error:
        if "interrupted" not in str(error).lower():
            raise
        raise click.Abort from None  # Ctrl-C while DuckDB answers
    except duckdb.Error as error:
        raise click.ClickException(one_line(error, settings.lake)) from None
    except (OtherVersion, OtherPolicy, OSError) as error:
        if isinstance(error, FileNotFoundError) and not settings.data_dir.exists():
            no_folder = f"there is no folder {settings.data_dir}; is DATA_DIR right? `ingest serve` makes it"
            raise click.ClickException(no_folder) from None
        raise click.ClickException(str(error)) from None


def _about_what_is_missing(settings: WarehouseSettings, error: WarehouseMissing) -> str:
    if settings.lake and str(error) == settings.lake.address:
        return f"nothing is loaded yet into {error}; a receiver's loader or `warehouse load` does it"
    return f"there is no warehouse at {error}; is DATA_DIR right? The receiver or `warehouse load` makes one"


def _about_the_upgrade(settings: WarehouseSettings, error: OlderVersion) -> str:
    storage = storage_of(settings)
    if upgrade := storage.upgrade_under_way():
        return f"{storage.address} is {upgrade}"
    return f"{error}: {storage.cost_of_an_upgrade()}"
