"""Literal rows that tests of the dashboard share, and the kind of fixture that publishes them."""

from collections.abc import Callable
from datetime import datetime

from dashboard.provenance import Provenance

Publish = Callable[[str], None]

# Two events of one organisation. In `summit`, Keynote has two speakers and two tags, Panel one of each, and the third
# neither, nor a title or a schedule. All minutes: summit 180 (of 3 attendees), workshops 90 (of 1), together 270.
# Ada (actor a1) was at both.
TWO_EVENTS = """
INSERT INTO time_spent (event_id, session_id, registration_id, minutes_spent) VALUES
    ('summit', 'keynote', 'r1', 60), ('summit', 'keynote', 'r2', 30), ('summit', 'keynote', 'r3', 30),
    ('summit', 'panel', 'r1', 15), ('summit', 'untitled-id', 'r2', 45), ('workshops', 'sql', 'r9', 90);
INSERT INTO events (event_id, organization_id, event_name) VALUES
    ('summit', 'org', 'Summit'), ('workshops', 'org', 'Workshops');
INSERT INTO sessions (event_id, session_id, session_title, starts_at, ends_at, scheduled_minutes, location_name) VALUES
    ('summit', 'keynote', 'Keynote', '2025-10-01 09:00:00+00', '2025-10-01 10:00:00+00', 60, 'Main stage'),
    ('summit', 'panel', 'Panel', '2025-10-01 10:00:00+00', '2025-10-01 10:30:00+00', 30, 'Main stage'),
    ('summit', 'untitled-id', NULL, NULL, NULL, NULL, NULL),
    ('workshops', 'sql', 'SQL for all', '2025-10-02 09:00:00+00', '2025-10-02 10:00:00+00', 60, 'Room 2');
UPDATE sessions SET local_starts_at = timezone('UTC', starts_at), local_ends_at = timezone('UTC', ends_at);
UPDATE sessions SET location_id = 'room-2' WHERE location_name = 'Room 2';
INSERT INTO session_speakers (event_id, session_id, speaker_id) VALUES
    ('summit', 'keynote', 'p1'), ('summit', 'keynote', 'p2'), ('summit', 'panel', 'p1'), ('workshops', 'sql', 'p1');
INSERT INTO speakers VALUES ('p1', 'Grace Hopper'), ('p2', NULL);
INSERT INTO session_tags VALUES
    ('summit', 'keynote', 'AI'), ('summit', 'keynote', 'Data'), ('summit', 'panel', 'AI'), ('workshops', 'sql', 'AI');
INSERT INTO attendees
        (event_id, registration_id, actor_id, first_name, last_name, email, company, designation, industry, country)
    VALUES
    ('summit', 'r1', 'a1', 'Ada', 'Lovelace', 'ada@example.com', 'Engines', 'Analyst', 'Computing', 'England'),
    ('summit', 'r2', 'a2', 'Bob', NULL, 'bob@example.com', 'Engines', NULL, 'Computing', 'France'),
    ('summit', 'r3', 'a3', NULL, NULL, NULL, NULL, NULL, NULL, NULL),
    ('workshops', 'r9', 'a1', 'Ada', 'Lovelace', 'ada@example.com', 'Engines', 'Analyst', 'Computing', 'England');
INSERT INTO event_engagement VALUES
    ('summit', 'org', 'Summit', 3, 3, 180, 60, 5 / 3), ('workshops', 'org', 'Workshops', 1, 1, 90, 90, 1);
INSERT INTO session_engagement
        (event_id, session_id, session_title, starts_at, ends_at, scheduled_minutes, location_name,
        attendee_count, total_minutes, mean_minutes, median_minutes, p90_minutes,
        mean_completion, full_stay_rate, early_exit_rate)
    VALUES
    ('summit', 'keynote', 'Keynote', '2025-10-01 09:00:00+00', '2025-10-01 10:00:00+00', 60, 'Main stage',
        3, 120, 40, 30, 54, 2 / 3, 1 / 3, 0),
    ('summit', 'panel', 'Panel', '2025-10-01 10:00:00+00', '2025-10-01 10:30:00+00', 30, 'Main stage',
        1, 15, 15, 15, 15, 0.5, 0, 0),
    ('summit', 'untitled-id', NULL, NULL, NULL, NULL, NULL, 1, 45, 45, 45, 45, NULL, NULL, NULL),
    ('workshops', 'sql', 'SQL for all', '2025-10-02 09:00:00+00', '2025-10-02 10:00:00+00', 60, 'Room 2',
        1, 90, 90, 90, 90, 1, 1, 0);
UPDATE session_engagement SET local_starts_at = timezone('UTC', starts_at);
UPDATE session_engagement SET location_id = 'room-2' WHERE location_name = 'Room 2';
INSERT INTO attendee_engagement
        (event_id, registration_id, first_name, last_name, email, company, designation, industry, country,
        session_count, total_minutes, mean_completion, top_tag, engagement_score, engagement_rank)
    VALUES
    ('summit', 'r1', 'Ada', 'Lovelace', 'ada@example.com', 'Engines', 'Analyst', 'Computing', 'England',
        2, 75, 0.75, 'AI', 100, 1),
    ('summit', 'r2', 'Bob', NULL, 'bob@example.com', 'Engines', NULL, 'Computing', 'France', 2, 75, 0.5, 'AI', 100, 1),
    ('summit', 'r3', NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1, 30, 0.5, 'AI', 33.3, 3),
    ('workshops', 'r9', 'Ada', 'Lovelace', 'ada@example.com', 'Engines', 'Analyst', 'Computing', 'England',
        1, 90, 1, 'AI', 100, 1);
INSERT INTO speaker_engagement VALUES
    ('summit', 'p1', 'Grace Hopper', 2, 3, 135, 75, 33.75), ('summit', 'p2', NULL, 1, 3, 120, 60, 40),
    ('summit', '(no speaker)', NULL, 1, 1, 45, 45, 45), ('workshops', 'p1', 'Grace Hopper', 1, 1, 90, 90, 90);
INSERT INTO tag_engagement VALUES
    ('summit', 'AI', 2, 3, 135, 75, 33.75), ('summit', 'Data', 1, 3, 120, 60, 40),
    ('summit', '(untagged)', 1, 1, 45, 45, 45), ('workshops', 'AI', 1, 1, 90, 90, 90);
INSERT INTO raw.loads (load_id, loaded_at) VALUES
    (2, '2025-11-01 12:30:00+00'), (1, '2025-11-01 12:00:00+00');
"""

# What else happened around `summit`, with a clock on the wall that is two hours ahead of UTC. Ada (r1) and Bob (r2) are
# of one company in two spellings. Eve (r4, of a third spelling) did not come, and somebody (r5) was only invited.
# Grace's booth has two visitors: Ada, whose minutes there are 10 after a correction, and Bob with 4.
AUDIENCE = """
UPDATE events SET time_zone = 'Europe/Berlin';
UPDATE sessions SET local_starts_at = timezone('Europe/Berlin', starts_at),
    local_ends_at = timezone('Europe/Berlin', ends_at);
UPDATE session_engagement SET local_starts_at = timezone('Europe/Berlin', starts_at);
UPDATE attendees SET company = ' ENGINES' WHERE registration_id = 'r2';
INSERT INTO session_sponsors (event_id, session_id, sponsor_id) VALUES
    ('summit', 'keynote', 's1'), ('summit', 'panel', 's1'), ('summit', 'panel', 's2'), ('workshops', 'sql', 's1');
INSERT INTO sponsors VALUES ('s1', 'Acme'), ('s2', NULL);
INSERT INTO registrations (event_id, registration_id, actor_id, first_name, last_name, company, industry, country,
        source_type, ticket_name, attendance_type, invited_at, registered_at, is_registered, is_attended, is_no_show)
    VALUES
    ('summit', 'r1', 'a1', 'Ada', 'Lovelace', 'Engines', 'Computing', 'England', 'API', 'VIP', 'VIRTUAL',
        '2025-08-01 10:00:00+00', '2025-09-30 22:30:00+00', true, true, false),
    ('summit', 'r2', 'a2', 'Bob', NULL, ' ENGINES', 'Computing', 'France', 'API', NULL, NULL,
        NULL, '2025-09-29 10:00:00+00', true, true, false),
    ('summit', 'r3', 'a3', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, true, true, false),
    ('summit', 'r4', 'a4', 'Eve', NULL, 'engines', 'Computing', 'France', 'PAGE', NULL, NULL,
        '2025-08-01 10:00:00+00', '2025-09-24 10:00:00+00', true, false, true),
    ('summit', 'r5', 'a5', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
        '2025-08-01 10:00:00+00', NULL, false, false, false),
    ('workshops', 'r9', 'a1', 'Ada', 'Lovelace', 'Engines', 'Computing', 'England', NULL, NULL, NULL,
        NULL, NULL, true, true, false);
INSERT INTO attendee_interactions (event_id, registration_id, joined_session_count, interaction_count) VALUES
    ('summit', 'r1', 1, 2), ('summit', 'r3', 1, 0);
INSERT INTO event_funnel VALUES
    ('summit', 'Summit', 3, 4, 3, 0, 3, 1, 1, 0.75), ('workshops', 'Workshops', 0, 1, 1, 0, 1, 0, 0, 1);
INSERT INTO actions (delivery_id, action, action_created_at, event_id, registration_id, session_id,
        place_type, place_id, place_name, subject_type, subject_name, minutes_spent) VALUES
    (1, 'INVITED', '2025-08-01 10:00:00+00', 'summit', 'r1', NULL, NULL, NULL, NULL, NULL, NULL, NULL),
    (2, 'REGISTERED', '2025-09-30 22:30:00+00', 'summit', 'r1', NULL, NULL, NULL, NULL, NULL, NULL, NULL),
    (3, 'JOINED_BOOTH', '2025-10-01 08:30:00+00', 'summit', 'r1', NULL, 'BOOTH', 'b1', 'Grace', NULL, NULL, NULL),
    (4, 'ANSWERED_POLL', '2025-10-01 09:10:00+00', 'summit', 'r1', 'keynote', NULL, NULL, NULL, 'POLL', 'Tea?', NULL),
    (5, 'ASKED_QUESTION', '2025-10-01 09:20:00+00', 'summit', 'r1', 'keynote', NULL, NULL, NULL, 'QUESTION', '?', NULL),
    (6, 'TIME_SPENT_IN_BOOTH', '2025-10-02 10:00:00+00', 'summit', 'r1', NULL, 'BOOTH', 'b1', 'Grace', NULL, NULL, 5),
    (7, 'TIME_SPENT_IN_BOOTHS', '2025-10-02 11:00:00+00', 'summit', 'r1', NULL, 'BOOTH', 'b1', 'Grace', NULL, NULL, 10),
    (8, 'AGGREGATED_TIME_SPENT_IN_BOOTH', '2025-10-03 11:00:00+00', 'summit', 'r1', NULL, 'BOOTH', 'b1', 'Grace',
        NULL, NULL, 99),
    (9, 'TIME_SPENT_IN_BOOTHS', '2025-10-02 11:00:00+00', 'summit', 'r2', NULL, 'BOOTH', 'b1', 'Grace', NULL, NULL, 4),
    (10, 'JOINED_DISCUSSION_ROOM', '2025-10-01 08:40:00+00', 'summit', 'r3', NULL, 'DISCUSSION_ROOM', 'd1', NULL,
        NULL, NULL, NULL);
INSERT INTO place_engagement VALUES
    ('summit', 'BOOTH', 'b1', 'Grace', 2, 2, 14, 7), ('summit', 'DISCUSSION_ROOM', 'd1', NULL, 1, 0, 0, NULL);
INSERT INTO leads (event_id, lead_id, first_name, email, company, rating, lead_status) VALUES
    ('summit', 'l1', 'Kim', 'kim@example.com', 'Engines', 5, 'QUALIFIED'),
    ('summit', 'l2', 'Lou', 'lou@example.com', 'engines', NULL, 'NEW'),
    ('summit', 'l3', 'Max', 'max@example.com', NULL, 2.5, 'NEW');
INSERT INTO company_engagement VALUES
    ('summit', 'ENGINES', 2, 3, 150, 75, 'AI'), ('summit', '(no company)', 1, 1, 30, 30, 'AI'),
    ('workshops', 'Engines', 1, 1, 90, 90, 'AI');
"""

# Where figures of `summit` come from, under one filter.
SUMMIT = Provenance(
    event="Summit",
    event_id="summit",
    days="1 October 2025",
    clock="Europe/Berlin",
    time_zone="Europe/Berlin",
    filters=(("Tag", "AI"),),
    as_of=datetime(2025, 11, 1, 13, 30),  # noqa: DTZ001 -- by the event's clock
)
