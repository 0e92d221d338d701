"""Who was invited, registered and came: registrations, their custom fields, and the funnel of an event."""

import pytest

from tests.kinds import Action, Happened, Load, Query

ARRIVING = [
    *("ATTENDED", "ENTERED", "JOINED_SESSION"),
    *("JOINED_BOOTH", "JOINED_BREAKOUT_ROOM", "JOINED_DISCUSSION_ROOM"),
]
IS = "SELECT is_registered, is_attended, is_on_demand, is_no_show FROM registrations"


def test_each_registration_that_any_action_names_has_one_row(
    load: Load, action: Action, happened: Happened, query: Query
) -> None:
    load(action("ann"), happened("INVITED", "bob"), happened("X_2027", "cat"), happened("INVITED", "bob"))
    assert query("SELECT registration_id FROM registrations ORDER BY ALL") == [("ann",), ("bob",), ("cat",)]


def test_the_actor_stands_in_for_the_registration_unless_staff_acts(
    load: Load, happened: Happened, query: Query
) -> None:
    actor = {"actor": {"id": "dan"}}
    staff = ("EVENT_UPDATED", "LEAD_ADDED", "ON_DEMAND_SETTING_UPDATED")
    load(happened("ENTERED", None, **actor), *(happened(name, None, **actor) for name in staff))
    assert query("SELECT action, registration_id, actor_id FROM actions ORDER BY ALL") == [
        ("ENTERED", "dan", "dan"),
        ("EVENT_UPDATED", None, "dan"),
        ("LEAD_ADDED", None, "dan"),
        ("ON_DEMAND_SETTING_UPDATED", None, "dan"),
    ]
    assert query("SELECT registration_id FROM registrations") == [("dan",)]


def test_times_are_those_of_the_earliest_action_of_their_kind(load: Load, happened: Happened, query: Query) -> None:
    load(
        happened("INVITED", at="08:00"),
        happened("INVITED", at="07:00"),
        happened("APPROVED", at="10:00"),
        happened("REGISTERED", at="09:00"),
        happened("JOINED_BOOTH", at="12:00"),
        happened("ENTERED", at="11:00"),
    )
    times = ", ".join(f"strftime({name}, '%H:%M')" for name in ("invited_at", "registered_at", "arrived_at"))
    assert query(f"SELECT {times} FROM registrations") == [("07:00", "09:00", "11:00")]


@pytest.mark.parametrize("name", ["REGISTERED", "REGISTRATION_FOR_ON_DEMAND", "APPROVED"])
@pytest.mark.parametrize("cancelling", ["REGISTRATION_DELETE", "REGISTRATION_REJECTED"])
def test_the_latest_step_says_whether_somebody_is_registered(
    name: str, cancelling: str, load: Load, happened: Happened, query: Query
) -> None:
    load(happened(name, at="08:00"))
    assert query(IS) == [(True, False, False, None)]
    load(happened(cancelling, at="09:00"))
    assert query(IS) == [(False, False, False, None)]
    load(happened(name, at="08:30"))  # a late delivery of an earlier step
    assert query(IS) == [(False, False, False, None)]
    load(happened(name, at="10:00"))
    assert query(IS) == [(True, False, False, None)]


@pytest.mark.parametrize("name", [*ARRIVING, "ASKED_QUESTION", "QUESTION_UPVOTED", "ANSWERED_POLL"])
def test_who_did_something_there_has_attended_and_so_is_registered(
    name: str, load: Load, happened: Happened, query: Query
) -> None:
    load(happened("REGISTRATION_DELETE", at="19:00"), happened(name))
    assert query(IS) == [(True, True, False, None)]


@pytest.mark.parametrize("place", ["SESSION", "BOOTH", "BOOTHS", "DISCUSSION_ROOM", "STAGE", "EVENT"])
@pytest.mark.parametrize(("minutes", "is_attended"), [(0, False), (0.5, True), (None, False), ("2", True)])
def test_who_spent_more_than_no_time_has_attended(
    place: str, minutes: object, is_attended: bool, load: Load, happened: Happened, query: Query
) -> None:
    more = {"session": "talk"} if place == "SESSION" else {}
    load(happened("INVITED", "bob"), happened(f"TIME_SPENT_IN_{place}", timeSpentInMinutes=minutes, **more))
    expected = [] if place == "SESSION" and minutes is None else [(is_attended,)]  # that one is quarantined
    assert query("SELECT is_attended FROM registrations WHERE registration_id = 'ann'") == expected


@pytest.mark.parametrize(
    "name", ["ANSWERED_SURVEY", "CTA_CLICKED", "AGGREGATED_TIME_SPENT_IN_BOOTH", "INVITED", "NO_SHOW", "X_2027"]
)
def test_other_actions_do_not_make_an_attendee(name: str, load: Load, happened: Happened, query: Query) -> None:
    load(happened(name, timeSpentInMinutes=9))
    assert query("SELECT is_registered, is_attended FROM registrations") == [(False, False)]


@pytest.mark.parametrize("name", ["ATTENDED_ON_DEMAND", "WATCHED_VOD"])
def test_who_watched_afterwards_is_on_demand(name: str, load: Load, happened: Happened, query: Query) -> None:
    load(happened("REGISTRATION_FOR_ON_DEMAND"), happened(name))
    assert query(IS) == [(True, False, True, None)]


@pytest.mark.parametrize("closing", ["TIME_SPENT_IN_STAGE", "TIME_SPENT_IN_BOOTHS", "NO_SHOW"])
def test_nobody_is_a_no_show_until_the_event_is_over(
    closing: str, load: Load, happened: Happened, query: Query
) -> None:
    load(happened("REGISTERED", "ann"), happened("REGISTERED", "bob"), happened("ENTERED", "bob"))
    load(happened("REGISTERED", "eve", event={"id": "other"}))
    no_shows = "SELECT registration_id, is_no_show FROM registrations ORDER BY ALL"
    assert query(no_shows) == [("ann", None), ("bob", None), ("eve", None)]
    load(happened(closing, "bob"))
    assert query(no_shows) == [("ann", True), ("bob", False), ("eve", None)]


def test_a_late_arrival_is_no_longer_a_no_show(load: Load, happened: Happened, query: Query) -> None:
    load(happened("REGISTERED"), happened("NO_SHOW"))
    assert query(IS) == [(True, False, False, True)]
    load(happened("ATTENDED"))
    assert query(IS) == [(True, True, False, False)]


def test_ticket_source_and_campaign_come_from_the_latest_action_that_carries_them(
    load: Load, happened: Happened, query: Query
) -> None:
    first = {
        "attendanceType": "VIRTUAL",
        "ticketDetails": {"ticketName": "Early bird"},
        "source": {"type": "LANDING_PAGE", "utmParams": {"source": "news", "medium": "mail", "campaign": "autumn"}},
    }
    later = {"attendanceType": "IN_PERSON", "ticketDetails": None, "source": {"utmParams": {"medium": " "}}}
    load(happened("REGISTERED", registration=first), happened("TICKET_MODIFIED", registration=later, at="19:00"))
    columns = "attendance_type, ticket_name, source_type, utm_source, utm_medium, utm_campaign"
    assert query(f"SELECT {columns} FROM registrations") == [
        ("IN_PERSON", "Early bird", "LANDING_PAGE", "news", "mail", "autumn")
    ]


def test_a_profile_comes_from_an_action_of_any_kind(
    load: Load, action: Action, happened: Happened, query: Query
) -> None:
    load(action("ann"), happened("REGISTRATION_DATA_MODIFIED", registration={"profile": {"company": "Acme"}}))
    assert query("SELECT company FROM registrations") == query("SELECT company FROM attendees") == [("Acme",)]


def test_attendees_are_those_with_time_spent_in_a_session(
    load: Load, action: Action, happened: Happened, query: Query
) -> None:
    load(action("ann"), happened("JOINED_SESSION", "bob", session="talk"))
    assert query("SELECT registration_id FROM attendees") == [("ann",)]


def test_custom_fields_are_those_of_the_latest_list(load: Load, happened: Happened, query: Query) -> None:
    first = [{"fieldSlug": "level", "value": "Director"}, {"fieldSlug": "size", "value": 12}]
    later = [
        {"fieldSlug": "level", "value": ["A", "B"]},
        {"fieldSlug": "level", "value": "again"},
        {"fieldSlug": "empty", "value": " "},
        {"fieldSlug": None, "value": "nothing"},
        "no field",
    ]
    load(happened("REGISTERED", registration={"customFieldsData": first}))
    assert query("SELECT field, value FROM registration_fields ORDER BY ALL") == [("level", "Director"), ("size", "12")]
    load(happened("REGISTRATION_DATA_MODIFIED", at="19:00", registration={"customFieldsData": later}))
    assert query("SELECT field, value FROM registration_fields") == [("level", '["A","B"]')]
    load(happened("REGISTRATION_DATA_MODIFIED", at="20:00", registration={"customFieldsData": []}))
    assert query("SELECT count(*) FROM registration_fields") == [(0,)]


def test_a_funnel_counts_every_stage(load: Load, action: Action, happened: Happened, query: Query) -> None:
    load(
        *(happened("INVITED", name, event={"name": "Conference"}) for name in ("ann", "bob", "cat", "dan")),
        *(happened("REGISTERED", name) for name in ("ann", "bob", "cat")),
        happened("JOINED_SESSION", "ann", session="talk"),
        happened("ASKED_QUESTION", "ann", session="talk"),
        happened("ENTERED", "bob"),
        happened("WATCHED_VOD", "dan"),
    )
    assert query("FROM event_funnel") == [("conf", "Conference", 4, 3, 2, 1, 0, 1, None, 2 / 3)]
    load(action("ann", minutes=0))
    assert query("FROM event_funnel") == [("conf", "Conference", 4, 3, 2, 1, 1, 1, 1, 2 / 3)]


def test_without_registrations_an_event_has_no_funnel(load: Load, happened: Happened, query: Query) -> None:
    load(happened("EVENT_CREATED", None), happened("INVITED", "ann", event={"id": "other"}))
    assert query("SELECT event_id, show_rate FROM event_funnel") == [("other", None)]
    assert query("SELECT event_id FROM events ORDER BY ALL") == [("conf",), ("other",)]
