"""The recipes for analysts: each one of `warehouse/RECIPES.md` answers literal payloads with literal rows."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.kinds import Action, Happened, Load, Payload, Query
from warehouse.settings import WarehouseSettings

PAGE = (Path(__file__).parents[1] / "warehouse" / "RECIPES.md").read_text("utf-8")
RECIPES = {
    re.split(r"[,:?]|$", statement.splitlines()[0].removeprefix("-- "), maxsplit=1, flags=re.MULTILINE)[0]: statement
    for block in re.findall(r"```sql\n(.*?)```", PAGE, re.DOTALL)
    for statement in block.strip().removesuffix(";").split(";\n\n")
}

Answer = Callable[[str], list[tuple[Any, ...]]]


@pytest.fixture
def answer(query: Query) -> Answer:
    """The rows of the recipe with this title, up to its first comma, colon or question mark."""
    return lambda title: query(RECIPES[title])


def registered(
    attendee: str,
    at: str = "2025-09-18T08:00:00Z",
    name: str = "REGISTERED",
    **registration: Any,  # noqa: ANN401 -- JSON
) -> Payload:
    """A registration for the event `conf`, with what the test adds to it."""
    return {
        "action": name,
        "actionId": f"{name} {attendee}",
        "actionCreatedAt": at,
        "event": {"id": "conf", "name": "Conf"},
        "registration": {"id": attendee, **registration},
    }


def sponsored(payload: Payload, *sponsors: str) -> Payload:
    """The time-spent payload, of a session with these sponsors."""
    session = payload["session"] | {"sponsors": [{"sponsorId": sponsor} for sponsor in sponsors]}
    return payload | {"session": session}


def of_company(company: str | None) -> Payload:
    return {"profile": {"company": company}}


def test_the_funnel_by_source_and_ticket(load: Load, happened: Happened, answer: Answer) -> None:
    """The link's source counts before the kind of source; an invitation that nobody followed has no show rate."""
    newsletter = {"type": "ZUDDL_API", "utmParams": {"source": "newsletter"}}
    early = {"ticketName": "Early bird"}
    load(
        *(registered(attendee, source=newsletter, ticketDetails=early) for attendee in ("ann", "bob", "cat")),
        *(happened("ENTERED", attendee) for attendee in ("ann", "bob")),
        registered("dan", source={"type": "MANUAL"}),
        registered("eve", name="INVITED"),
    )
    assert answer("Funnel by source and ticket") == [
        ("Conf", "newsletter", "Early bird", 0, 3, 2, 67.0),
        ("Conf", "MANUAL", "(none)", 0, 1, 0, 0.0),
        ("Conf", "(none)", "(none)", 1, 0, 0, None),
    ]


def test_no_shows_by_company(load: Load, happened: Happened, answer: Answer) -> None:
    """A company is one in any case and with any blanks; the usual spelling is shown, of equal ones the first."""
    companies = {"ann": "Acme AG", "bob": "ACME\N{NO-BREAK SPACE} ag", "cat": "Acme AG", "dan": "Zeta", "eve": "ZETA"}
    load(
        *(registered(attendee, **of_company(company)) for attendee, company in companies.items()),
        registered("fay", **of_company(" ")),
        *(happened("ENTERED", attendee) for attendee in ("ann", "fay")),
    )
    assert answer("No-shows by company") == []  # the event is not over
    load(happened("NO_SHOW", "bob"))
    assert answer("No-shows by company") == [
        ("Conf", "Acme AG", 3, 2, 67.0),
        ("Conf", "ZETA", 2, 2, 100.0),
        ("Conf", "(no company)", 1, 0, 0.0),
    ]


def test_the_show_rate_by_days_between_registration_and_event(
    load: Load, action: Action, happened: Happened, answer: Answer
) -> None:
    """The event begins with its first session unless its start is told; who came unregistered is unknown."""
    days = {"ann": "2025-09-17T09:00:01Z", "bob": "2025-09-17T08:59:59Z", "cat": "2025-09-11T09:00:00Z"}
    more = {"dan": "2025-08-21T09:00:00Z", "eve": "2025-08-01T09:00:00Z", "fay": "2025-09-18T10:00:00Z"}
    load(
        *(registered(attendee, at) for attendee, at in (days | more).items()),
        *(happened("ENTERED", attendee) for attendee in ("ann", "cat", "fay", "ben", "eve")),
        action("ben", "talk", startDateTime="2025-09-18T09:00:00Z"),
    )
    rows = [
        ("after the start", 1, 1, 100.0),
        ("on the last day", 1, 1, 100.0),
        ("1 to 6 days", 1, 0, 0.0),
        ("7 to 27 days", 1, 1, 100.0),
        ("28 days or more", 2, 1, 50.0),
        ("(unknown)", 1, 1, 100.0),
    ]
    assert answer("Show rate by days between registration and event") == rows
    load(happened("EVENT_UPDATED", None, event={"startDate": "2025-09-19T09:00:00Z"}))
    later = answer("Show rate by days between registration and event")
    assert ("after the start", 1, 1, 100.0) not in later
    assert sum(count for _, count, *_ in later) == 7


def test_who_joined_and_spent_nothing(load: Load, action: Action, happened: Happened, answer: Answer) -> None:
    """Zero minutes are nothing too. Of an event without time spent nobody knows yet."""
    who = "Who joined a session and spent nothing there"
    profile = {"profile": {"firstName": "Bob", "lastName": "Low", "company": "Acme"}}
    load(
        *(happened("JOINED_SESSION", attendee, session="talk") for attendee in ("ann", "cat", "cat")),
        happened("JOINED_SESSION", "bob", session="talk", registration=profile),
        happened("JOINED_SESSION", "dan"),
        happened("JOINED_SESSION", "eve", session="later", event={"id": "next"}),
    )
    assert answer(who) == []
    load(action("ann", "talk", 5, title="Talk"), action("cat", "talk", 0), action("bob", "other", 9))
    assert answer(who) == [("Talk", "Bob", "Low", "Acme"), ("Talk", None, None, None)]


def test_questions_per_hundred_attendees(load: Load, action: Action, happened: Happened, answer: Answer) -> None:
    """A session without a question has zero; one without an attendee has no rate."""
    load(
        *(action(attendee, "talk", title="Talk") for attendee in ("ann", "bob", "cat")),
        action("ann", "quiet", title="Quiet"),
        *(happened("ASKED_QUESTION", "ann", session="talk") for _ in range(2)),
        happened("ASKED_QUESTION", "bob", session="empty"),
        happened("JOINED_SESSION", "bob", session="unheard"),
    )
    assert answer("Questions per hundred attendees by session") == [
        ("Talk", 3, 2, 66.7),
        ("Quiet", 1, 0, 0.0),
        (None, 0, 1, None),
    ]


def test_booth_visitors_who_never_sat_in_the_sponsors_session(
    load: Load, action: Action, happened: Happened, answer: Answer, settings: WarehouseSettings
) -> None:
    """A booth is a sponsor's by its name; zero minutes are no sitting; a booth of nobody's is left out."""
    (settings.data_dir / "sponsors.csv").write_text("sponsor_id,sponsor_name\ns1,Acme\ns2,Zeta\n", "utf-8")
    acme, nobody = {"id": "b1", "name": " ACME "}, {"id": "b3", "name": "Coffee"}
    bob = {"profile": {"firstName": "Bob", "company": "Low Ltd"}}
    load(
        *(happened("JOINED_BOOTH", attendee, booth=acme) for attendee in ("ann", "cat")),
        happened("TIME_SPENT_IN_BOOTHS", "bob", booth=acme, timeSpentInMinutes=3, registration=bob),
        happened("JOINED_BOOTH", "bob", booth=acme),
        happened("JOINED_BOOTH", "dan", booth=nobody),
        sponsored(action("ann", "keynote", 20), "s1", "s2"),
        sponsored(action("bob", "other", 20), "s2", "s3"),
        action("cat", "keynote", 0),
        action("cat", "unsponsored", 30),
    )
    assert answer("Booth visitors who never sat in the sponsor's session") == [
        ("Acme", "Bob", None, "Low Ltd"),
        ("Acme", None, None, None),
    ]


def test_accounts_by_hours_and_people(load: Load, action: Action, answer: Answer) -> None:
    """Spellings of a company are one account, also in full-width letters; nobody's company is none."""
    load(
        action("ann", "talk", 90, event_name="Conf", **of_company("Acme")),
        action("bob", "talk", 60, **of_company("ACME ")),
        action("cat", "talk", 30, **of_company("\uff21cme")),
        action("dan", "talk", 60, tags=["AI"], **of_company("Zeta")),
        action("eve", "talk", 500),
    )
    assert answer("Accounts by hours and people") == [
        ("Conf", "ACME", 3, 3.0, 1.0, "AI"),
        ("Conf", "Zeta", 1, 1.0, 1.0, "AI"),
    ]


def test_first_timers_against_returning_people(load: Load, action: Action, happened: Happened, answer: Answer) -> None:
    """An earlier invitation that somebody did not follow is no visit; two registrations for an event are one person."""
    first, second = (
        {"id": name, "name": name, "startDate": day}
        for name, day in (
            ("one", "2024-09-18T08:00:00Z"),
            ("two", "2025-09-18T08:00:00Z"),
        )
    )
    load(
        happened("ENTERED", "ann-1", event=first, actor={"id": "ann"}),
        happened("ENTERED", "ann-1b", event=first, actor={"id": "ann"}),
        happened("INVITED", "bob-1", event=first, actor={"id": "bob"}),
        happened("ENTERED", "cat-1", event=first, registration={"profile": {"email": "Cat@x.example"}}),
        happened("ENTERED", "ann-2", event=second, actor={"id": "ann"}),
        happened("ENTERED", "bob-2", event=second, actor={"id": "bob"}),
        happened("ENTERED", "cat-2", event=second, registration={"profile": {"email": "cat@x.example "}}),
        action("ann-2", "talk", 30, event="two", event_name="two", actor={"id": "ann"}),
    )
    assert answer("First-timers against returning people") == [
        ("one", "first time", 2, 0.0, 0.0),
        ("two", "first time", 1, 0.0, 0.0),
        ("two", "returning", 2, 15.0, 0.5),
    ]


def test_completion_by_slot_of_the_local_day(load: Load, action: Action, happened: Happened, answer: Answer) -> None:
    """By the clock on the wall: 07:30 UTC is 09:30 in Paris. Sessions without a schedule have no completion."""
    load(
        happened("EVENT_UPDATED", None, event={"timezone": "Europe/Paris"}),
        action("ann", "a", 60, startDateTime="2025-09-18T07:30:00Z", endDateTime="2025-09-18T08:30:00Z"),
        action("bob", "a", 30),
        action("ann", "b", 15, startDateTime="2025-09-18T06:00:00Z", endDateTime="2025-09-18T07:00:00Z"),
        action("ann", "c", 10, startDateTime="2025-09-18T13:59:00Z", endDateTime="2025-09-18T14:09:00Z"),
        action("ann", "unscheduled", 10),
    )
    assert answer("Completion by slot of the local day") == [(8, 2, 3, 58.0), (14, 1, 1, 100.0)]


def test_overlap_of_two_sponsors_audiences(
    load: Load, action: Action, answer: Answer, settings: WarehouseSettings
) -> None:
    """Each person counts once, whatever the number of sessions; sponsors without a name are called by their id."""
    (settings.data_dir / "sponsors.csv").write_text("sponsor_id,sponsor_name\ns1,Zeta\n", "utf-8")
    load(
        *(sponsored(action(attendee, "keynote", event_name="Conf"), "s1") for attendee in ("ann", "bob", "cat", "dan")),
        *(sponsored(action(attendee, "panel"), "s2", "s1") for attendee in ("ann", "bob")),
        sponsored(action("eve", "alone"), "s3"),
        sponsored(action("fay", "panel"), "s2", "s1"),
    )
    assert answer("Overlap of two sponsors' audiences") == [("Conf", "Zeta", "s2", 3, 60.0, 100.0)]


def test_leads_by_rating_and_their_minutes(load: Load, action: Action, happened: Happened, answer: Answer) -> None:
    """A lead is found by the mail address, however it is written, with all registrations; some leads never came."""

    def lead(number: int, email: str | None, rating: int | None) -> Payload:
        return happened("LEAD_ADDED", None, lead={"id": f"lead-{number}", "email": email, "rating": rating})

    load(
        action("ann", "talk", 40, event_name="Conf", registration={"id": "ann", "profile": {"email": "Ann@x.example"}}),
        action("ann-2", "talk", 20, registration={"id": "ann-2", "profile": {"email": "ann@x.example"}}),
        action("bob", "talk", 10, registration={"id": "bob", "profile": {"email": "bob@x.example"}}),
        action("cat", "talk", 90),
        *(lead(1, " ann@X.example", 5), lead(2, "bob@x.example", 5), lead(3, "zoe@x.example", 5)),
        *(lead(4, "zoe@x.example", 2), lead(5, None, None)),
    )
    assert answer("Leads by rating") == [
        ("Conf", 5.0, 3, 2, 35.0),
        ("Conf", 2.0, 1, 0, None),
        ("Conf", None, 1, 0, None),
    ]


def test_virtual_against_in_person(load: Load, action: Action, happened: Happened, answer: Answer) -> None:
    """Minutes and completion are of those who were in sessions, interactions of all who attended."""
    times = {"startDateTime": "2025-09-18T09:00:00Z", "endDateTime": "2025-09-18T10:00:00Z"}
    load(
        *(registered(attendee, attendanceType="VIRTUAL") for attendee in ("ann", "bob", "cat")),
        registered("dan", attendanceType="IN_PERSON"),
        registered("eve", name="INVITED"),
        action("ann", "talk", 30, **times),
        happened("ENTERED", "bob"),
        *(happened("ANSWERED_POLL", "ann", session="talk", at=f"09:0{minute}") for minute in range(3)),
    )
    assert answer("Virtual against in person") == [
        ("Conf", "VIRTUAL", 3, 2, 67.0, 30.0, 50.0, 1.5),
        ("Conf", "IN_PERSON", 1, 0, 0.0, None, None, None),
        ("Conf", "(not given)", 0, 0, None, None, None, None),
    ]
