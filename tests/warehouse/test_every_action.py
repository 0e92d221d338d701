"""All kinds of action, in any batches and order: the marts equal a rebuild, and a derivation in SQL."""

import json
from contextlib import closing
from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tests.kinds import NewSettings
from tests.loading import load_waiting
from warehouse.commands.check import check
from warehouse.commands.rebuild import rebuild
from warehouse.inbox.sqlite_queue import Inbox
from warehouse.limits import Limits
from warehouse.schema import MARTS, VIEWS
from warehouse.settings import RepeatPolicy, WarehouseSettings
from warehouse.storage import storage_of

ACTIONS = [
    *("INVITED", "REGISTERED", "APPROVED", "REGISTRATION_FOR_ON_DEMAND", "REGISTRATION_DELETE"),
    *("REGISTRATION_REJECTED", "ATTENDED", "ENTERED", "JOINED_SESSION", "JOINED_BOOTH", "JOINED_BREAKOUT_ROOM"),
    *("JOINED_DISCUSSION_ROOM", "ASKED_QUESTION", "QUESTION_UPVOTED", "ANSWERED_POLL", "ANSWERED_SURVEY"),
    *("CTA_CLICKED", "NO_SHOW", "ATTENDED_ON_DEMAND", "WATCHED_VOD", "TIME_SPENT_IN_SESSION", "TIME_SPENT_IN_BOOTH"),
    *("TIME_SPENT_IN_BOOTHS", "TIME_SPENT_IN_DISCUSSION_ROOM", "TIME_SPENT_IN_STAGE", "TIME_SPENT_IN_EVENT"),
    *("AGGREGATED_TIME_SPENT", "LEAD_ADDED", "LEAD_UPDATED", "EVENT_UPDATED", "FROM_2027"),
]
ODD: list[Any] = [None, "", " ", 7, [], {}, [None], {"id": {}}]
NAMES = ["a", "b", None]
TIMES = [None, "2025-07-01T08:00:00Z", "2025-01-01T08:00:00+02:00", "2025-07-01T08:30:00Z", "never"]


def one_of(*values: Any) -> st.SearchStrategy[Any]:  # noqa: ANN401 -- JSON
    """One of these, or now and then something odd."""
    return st.sampled_from(values * 3) | st.sampled_from(ODD)


def named(*keys: str) -> st.SearchStrategy[Any]:
    """An object with an id, and one of few texts, numbers or times under each key."""
    values = one_of(*NAMES, 4.5, *TIMES)
    return st.fixed_dictionaries({"id": one_of("a", "b")}, optional=dict.fromkeys(keys, values))


def some(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """An object with some of the fields."""
    return st.fixed_dictionaries({}, optional=fields)


EVENT = some(
    id=one_of("a", "b"),
    name=one_of(*NAMES),
    organizationId=one_of(*NAMES),
    timezone=one_of("Europe/Paris", "Mars/Base"),
    startDate=one_of(*TIMES),
    endDate=one_of(*TIMES),
)
SESSION = some(
    id=one_of("a", "b"),
    title=one_of(*NAMES),
    tags=st.lists(one_of("x", "y", "z"), max_size=3),
    speakers=st.lists(some(speakerId=one_of("a", "b"), url=one_of(*NAMES)), max_size=2),
    sponsors=st.lists(some(sponsorId=one_of("a", "b"), url=one_of(*NAMES)), max_size=2),
    location=one_of({"locationId": "a", "locationName": "b"}, [{"locationId": "b"}]),
    startDateTime=one_of(*TIMES),
    endDateTime=one_of(*TIMES),
)
REGISTRATION = some(
    id=one_of("a", "b", "c"),
    eventId=one_of("a", "b"),
    profile=some(
        company=one_of("ACME", "acme ", "\uff21CME", "Other"), email=one_of("A@x", "a@x"), firstName=one_of(*NAMES)
    ),
    customFieldsData=one_of([{"fieldSlug": "f", "value": "1"}, {"fieldSlug": "f", "value": ["2"]}], []),
    ticketDetails=some(ticketName=one_of(*NAMES)),
    source=some(type=one_of(*NAMES), utmParams=some(source=one_of(*NAMES))),
)
ACTION = st.fixed_dictionaries(
    {"action": st.sampled_from(ACTIONS), "actionId": st.sampled_from([*map(str, range(60)), None])},
    optional={
        "actionCreatedAt": one_of(*TIMES),
        "timeSpentInMinutes": st.sampled_from([0, 1, 0.1, 0.2, 0.3, 2.5, "3", None, -1, "x"]),
        "actor": some(id=one_of("a", "d")),
        "event": EVENT | st.sampled_from(ODD),
        "session": SESSION | st.sampled_from(ODD),
        "registration": REGISTRATION | st.sampled_from(ODD),
        **{kind: named("name") | st.sampled_from(ODD) for kind in ("booth", "discussionRoom", "breakOutRoom", "hub")},
        "stage": named("name"),
        "question": named("question"),
        "survey": named("title"),
        "lead": named("firstName", "email", "rating", "createdAt") | st.sampled_from(ODD),
    },
)
LOADS = st.lists(st.lists(ACTION, min_size=1, max_size=16), min_size=1, max_size=4)


def marts(settings: WarehouseSettings) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every mart, and of the view of people."""
    with storage_of(settings).connect() as connection:
        return {table.name: connection.sql(f"FROM {table.name} ORDER BY ALL").fetchall() for table in (*MARTS, *VIEWS)}


@given(LOADS, st.booleans(), st.integers(1, 5), st.sampled_from(["latest", "sum"]))
@hypothesis_settings(max_examples=8, suppress_health_check=list(HealthCheck))
def test_all_kinds_of_action_in_any_batches_equal_a_rebuild_and_sql(
    new_settings: NewSettings,
    loads: list[list[dict[str, Any]]],
    is_repeated: bool,
    split_count: int,
    policy: RepeatPolicy,
) -> None:
    settings = replace(new_settings("actions"), repeat_policy=policy)
    with closing(Inbox(settings.inbox_path, create=True)) as inbox:
        for actions in [*loads, loads[0]] if is_repeated else loads:
            inbox.append([(4_000_000_000_000_000, json.dumps(payload).encode()) for payload in actions])
            load_waiting(inbox, settings, Limits(split_count=split_count))
    assert [finding for finding in check(settings) if not finding.is_good] == []
    loaded = marts(settings)
    with storage_of(settings).connect() as connection:
        funnels = connection.sql("SELECT registered_count, attended_count, no_show_count FROM event_funnel").fetchall()
    for registered, attended, no_show in funnels:
        assert attended <= registered
        assert no_show in (None, registered - attended)
    rebuild(settings)
    assert marts(settings) == loaded
