"""What tests share: a data directory of their own, real engines in it, and payloads to feed them."""

import json
import resource
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings as hypothesis_settings

from tests.e2e.machine import Machine
from tests.kinds import Action, Happened, Load, NewSettings, Payload, Query, Sample
from tests.lake import lake_of_its_own
from tests.loading import load_waiting
from tests.objects import s3_server
from tests.storages import environment
from warehouse.inbox.sqlite_queue import Inbox
from warehouse.settings import LakeSettings, WarehouseSettings
from warehouse.storage import storage_of
from warehouse.storage.load_log import Load as LoggedLoad

STORAGE = "--storage"
PAYLOADS = Path(__file__).parent / "payloads"

# How long an example takes depends on the machine, which no unit test judges.
hypothesis_settings.register_profile("unhurried", deadline=None, print_blob=True)
hypothesis_settings.load_profile("unhurried")


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--storage lake` runs the same tests on a lake."""
    parser.addoption(STORAGE, choices=("file", "lake"), default="file", help="where the warehouse of a test is stored")


def pytest_configure() -> None:
    """Tests that open thousands of connections need more files than the 1,024 that a shell allows."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On a lake, leave out what is about the file."""
    if config.getoption(STORAGE) == "lake":
        for item in items:
            if marker := item.get_closest_marker("file_only"):
                item.add_marker(pytest.mark.skip(f"about the file: {marker.args[0]}"))


@pytest.fixture
def new_lake(request: pytest.FixtureRequest) -> Iterator[Callable[[], LakeSettings | None]]:
    """A lake without tables at each call; None where the warehouse is a file."""
    is_lake = request.config.getoption(STORAGE) == "lake"
    with ExitStack() as lakes:
        yield lambda: lakes.enter_context(lake_of_its_own()) if is_lake else None


@pytest.fixture
def settings(
    new_lake: Callable[[], LakeSettings | None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> WarehouseSettings:
    """A data directory of the test's own. Commands find a lake in their environment."""
    made = WarehouseSettings(data_dir=tmp_path, lake=new_lake())
    if made.lake:
        for name, value in environment(made).items():
            monkeypatch.setenv(name, value)
    return made


@pytest.fixture
def new_settings(new_lake: Callable[[], LakeSettings | None], tmp_path_factory: pytest.TempPathFactory) -> NewSettings:
    """Settings of another warehouse at each call, which is empty, with a folder of that name."""
    return lambda name: WarehouseSettings(data_dir=tmp_path_factory.mktemp(name), lake=new_lake())


@pytest.fixture
def lake() -> Iterator[LakeSettings]:
    """A lake without tables, for a test that is about lakes."""
    with lake_of_its_own() as made:
        yield made


@pytest.fixture
def at_lake(tmp_path: Path, lake: LakeSettings) -> WarehouseSettings:
    """A host of this lake, whose data directory is the test's own."""
    return WarehouseSettings(data_dir=tmp_path, lake=lake)


@pytest.fixture
def s3_env(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """The variables of an S3 server, which this process and its children have too."""
    with s3_server() as variables:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        yield variables


@pytest.fixture
def inbox(settings: WarehouseSettings) -> Iterator[Inbox]:
    """An empty inbox in it."""
    with closing(Inbox(settings.inbox_path, create=True)) as opened:
        yield opened


@pytest.fixture
def load(inbox: Inbox, settings: WarehouseSettings) -> Load:
    """Accept bodies (or payloads as dicts), received one microsecond apart, and publish them in one load."""
    received = iter(range(1_760_000_000_000_000, 1_770_000_000_000_000))

    def accept_and_publish(*deliveries: bytes | Payload) -> LoggedLoad:
        bodies = [d if isinstance(d, bytes) else json.dumps(d).encode() for d in deliveries]
        inbox.append([(next(received), body) for body in bodies])
        return load_waiting(inbox, settings)

    return accept_and_publish


@pytest.fixture
def query(settings: WarehouseSettings) -> Query:
    """Rows of an SQL query on the published warehouse."""

    def run(sql: str) -> list[tuple[Any, ...]]:
        with storage_of(settings).connect() as connection:
            return connection.sql(sql).fetchall()

    return run


@pytest.fixture
def sample() -> Sample:
    """The exact bytes of a sample payload, by its name."""
    return lambda name: (PAYLOADS / f"{name}.json").read_bytes().strip()


@pytest.fixture
def action() -> Action:
    """A time-spent payload: the least that counts, with what the test adds."""
    numbers = iter(range(1, 1_000_000))

    def make(
        attendee: str = "ann",
        session: str = "talk",
        minutes: object = 10,
        **more: Any,  # noqa: ANN401 -- JSON
    ) -> Payload:
        described = {key: more.pop(key) for key in ("title", "tags", "speakers", "location") if key in more}
        times = {key: more.pop(key) for key in ("startDateTime", "endDateTime") if key in more}
        return {
            "action": "TIME_SPENT_IN_SESSION",
            "actionId": f"action-{next(numbers)}",
            "actionCreatedAt": "2025-09-18T18:00:00Z",
            "registration": {"id": attendee, "profile": more.pop("profile", None)},
            "event": {"id": more.pop("event", "conf"), "name": more.pop("event_name", None)},
            "session": {"id": session, **described, **times},
            "timeSpentInMinutes": minutes,
            **more,
        }

    return make


@pytest.fixture
def happened() -> Happened:
    """A payload of any other action: of an attendee, at a time of 18 September 2025, with what the test adds."""
    numbers = iter(range(1, 1_000_000))

    def make(
        action: str,
        attendee: str | None = "ann",
        at: str = "18:00",
        **more: Any,  # noqa: ANN401 -- JSON
    ) -> Payload:
        registration = more.pop("registration", {})
        return {
            "action": action,
            "actionId": f"happened-{next(numbers)}",
            "actionCreatedAt": f"2025-09-18T{at}:00Z",
            "event": {"id": "conf"} | more.pop("event", {}),
            **({"registration": {"id": attendee} | registration} if attendee else {}),
            **({"session": {"id": more.pop("session")}} if "session" in more else {}),
            **more,
        }

    return make


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    """A machine of the test's own, for real processes; every one on it is gone afterwards."""
    data_dir = tmp_path / "data"
    data_dir.mkdir()
    its = Machine(data_dir)
    yield its
    its.kill_all()
