"""The receiver's settings, as every command of `ingest` reads them."""

import click

from ingest.settings import ReceiverSettings
from warehouse.settings import SettingsError, read_environment


def read_settings() -> ReceiverSettings:
    """Settings from `.env` and the environment.

    Raises:
        click.ClickException: a variable is missing or wrong; one clear line.
    """
    try:
        return ReceiverSettings.from_env(read_environment())
    except SettingsError as error:
        raise click.ClickException(str(error)) from None
