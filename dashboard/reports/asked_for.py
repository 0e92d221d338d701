"""The report that somebody asks for by the ids or names of what it is about, without a browser."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import duckdb

from dashboard import data
from dashboard.data import Published, View
from dashboard.filters import Filters
from dashboard.queries import choices, exhibitor
from dashboard.queries.accounts import listed
from dashboard.queries.credited import Kind
from dashboard.reports.files import Ending, File, event_report, event_workbook, handed_out
from dashboard.settings import DashboardSettings
from warehouse.settings import SettingsError, read_environment
from warehouse.storage import storage_of
from warehouse.storage.errors import OtherVersion, WarehouseMissing
from warehouse.storage.versions import require_current_version


class NotThere(Exception):
    """What the report is about can't be read, or is not there; the message says what to do."""


class Asked(NamedTuple):
    """What a report is about: each by id or by name. Target accounts are for a sponsor's report."""

    event: str
    sponsor: str | None = None
    speaker: str | None = None
    targets: tuple[str, ...] = ()


def report(asked: Asked, ending: Ending) -> File:
    """The report of the event, of a sponsor or speaker there.

    Raises:
        NotThere: there is no such event, sponsor or speaker, or the warehouse can't be read.
    """
    try:
        settings = DashboardSettings.from_env(read_environment())
        storage = storage_of(settings.warehouse)
        with storage.connect() as connection:
            require_current_version(connection)
        generation = storage.generation()
        assert generation is not None  # noqa: S101 -- it has just been opened, and is only ever replaced
        return _report(View(Published(storage, generation), Filters(), settings), asked, ending)
    except (SettingsError, OtherVersion) as error:
        raise NotThere(str(error)) from None
    except WarehouseMissing:
        raise NotThere(f"there is no warehouse at {storage.address}: check DATA_DIR, and load something") from None
    except (duckdb.Error, OSError) as error:
        raise NotThere(f"the warehouse {storage.address} can't be read: {error}") from None


def accounts(path: Path) -> tuple[str, ...]:
    """The target accounts in a file, one a line.

    Raises:
        NotThere: the file can't be read, or names nobody.
    """
    try:
        found = listed(path.read_text("utf-8-sig"))
    except UnicodeDecodeError:
        raise NotThere(f"{path} is not text in UTF-8") from None
    except OSError as error:
        raise NotThere(f"can't read {path}: {error.strerror}") from None
    if not found:
        raise NotThere(f"{path} names no account")
    return found


def _report(view: View, asked: Asked, ending: Ending) -> File:
    event_id = _id_of("event", asked.event, data.of_latest(view, lambda latest: choices.events(latest.published)))
    view = view._replace(filters=Filters(event_ids=(event_id,)))
    if asked.sponsor:
        sponsors = data.of_latest(view, lambda latest: choices.sponsors(latest.published, event_id))
        at_booths = data.of_latest(view, lambda latest: exhibitor.sponsors(latest, event_id))
        sponsor_id = _id_of("sponsor", asked.sponsor, sponsors | at_booths)
        return handed_out(view, Kind.SPONSOR, sponsor_id, ending, asked.targets)
    if asked.speaker:
        speakers = data.of_latest(view, lambda latest: choices.speakers(latest.published, event_id))
        return handed_out(view, Kind.SPEAKER, _id_of("speaker", asked.speaker, speakers), ending)
    return event_workbook(view) if ending == "xlsx" else event_report(view, ending)


def _id_of(what: str, given: str, names: Mapping[str, str]) -> str:
    """The id that is given, or whose name is."""
    if given in names:
        return given
    for part_id, name in names.items():
        if name.casefold() == given.casefold():
            return part_id
    listed = "\n".join(f"  {name}" for name in list(names.values())[:20])
    raise NotThere(f"there is no {what} {given!r} here; there are:\n{listed}")
