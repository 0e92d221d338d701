"""Literal rows that tests of the dashboard share, and the kind of fixture that publishes them."""

from collections.abc import Callable

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
INSERT INTO session_sponsors (event_id, session_id, sponsor_id) VALUES
    ('summit', 'keynote', 's1'), ('summit', 'panel', 's1'), ('summit', 'keynote', 's2');
INSERT INTO sponsors VALUES ('s1', 'Acme'), ('s2', NULL);
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
