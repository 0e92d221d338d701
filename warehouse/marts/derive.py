"""Deriving: every table of facts and engagement from the actions of whole events. A pure function."""

import polars as pl

from warehouse.marts import engagement, facts
from warehouse.marts.facts import ATTENDANCE, Source
from warehouse.settings import RepeatPolicy


def derive(source: Source, policy: RepeatPolicy) -> dict[str, pl.DataFrame]:
    """The rows of these events by table; together they replace all rows that the tables hold of them."""
    actions = facts.in_order(source.actions.with_columns(engagement.as_enum(source.actions[id_]) for id_ in ATTENDANCE))
    source = source._replace(actions=actions)
    time_spent = facts.time_spent(actions, policy)
    session_descriptions = facts.session_descriptions(source)
    events = facts.events(session_descriptions)
    sessions = facts.sessions(session_descriptions)
    attendees = facts.attendees(facts.attendee_descriptions(source))
    session_speakers = facts.session_speakers(session_descriptions)
    session_tags = facts.session_tags(session_descriptions)
    attendances = engagement.attendances_with_completion(time_spent, sessions)
    return {
        "time_spent": time_spent,
        "events": events,
        "sessions": sessions,
        "attendees": attendees,
        "session_speakers": session_speakers,
        "session_tags": session_tags,
        "session_sponsors": facts.session_sponsors(session_descriptions),
        "event_engagement": engagement.event_engagement(attendances, events),
        "session_engagement": engagement.session_engagement(attendances, sessions),
        "attendee_engagement": engagement.attendee_engagement(attendances, attendees, session_tags),
        "speaker_engagement": engagement.speaker_engagement(attendances, session_speakers),
        "tag_engagement": engagement.tag_engagement(attendances, session_tags),
    }
