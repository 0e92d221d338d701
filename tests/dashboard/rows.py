"""Literal rows that tests of the dashboard share, and the kind of fixture that publishes them."""

from collections.abc import Callable

Publish = Callable[[str], None]

# Two events. In `summit`, Keynote has two speakers and two tags, Panel one of each, and the third neither, nor a
# title or a schedule. All minutes: summit 180 (of 3 attendees), workshops 90 (of 1), together 270.
TWO_EVENTS = """
INSERT INTO time_spent (event_id, session_id, registration_id, minutes_spent) VALUES
    ('summit', 'keynote', 'r1', 60), ('summit', 'keynote', 'r2', 30), ('summit', 'keynote', 'r3', 30),
    ('summit', 'panel', 'r1', 15), ('summit', 'untitled-id', 'r2', 45), ('workshops', 'sql', 'r9', 90);
INSERT INTO sessions (event_id, session_id, session_title, scheduled_minutes) VALUES
    ('summit', 'keynote', 'Keynote', 60), ('summit', 'panel', 'Panel', 30),
    ('summit', 'untitled-id', NULL, NULL), ('workshops', 'sql', 'SQL for all', 60);
INSERT INTO attendees (event_id, registration_id, first_name, email) VALUES
    ('summit', 'r1', 'Ada', 'ada@example.com'), ('workshops', 'r9', 'Ada', 'ada@example.com');
INSERT INTO event_engagement VALUES
    ('summit', 'org', 'Summit', 3, 3, 180, 60, 5 / 3), ('workshops', 'org', 'Workshops', 1, 1, 90, 90, 1);
INSERT INTO session_engagement VALUES
    ('summit', 'keynote', 'Keynote', '2025-10-01 09:00:00+00', '2025-10-01 10:00:00+00', 60, 'Main stage',
        3, 120, 40, 30, 54, 2 / 3, 1 / 3, 0),
    ('summit', 'panel', 'Panel', '2025-10-01 10:00:00+00', '2025-10-01 10:30:00+00', 30, 'Main stage',
        1, 15, 15, 15, 15, 0.5, 0, 0),
    ('summit', 'untitled-id', NULL, NULL, NULL, NULL, NULL, 1, 45, 45, 45, 45, NULL, NULL, NULL),
    ('workshops', 'sql', 'SQL for all', '2025-10-02 09:00:00+00', '2025-10-02 10:00:00+00', 60, 'Room 2',
        1, 90, 90, 90, 90, 1, 1, 0);
INSERT INTO attendee_engagement (event_id, registration_id, first_name, email, total_minutes) VALUES
    ('summit', 'r1', 'Ada', 'ada@example.com', 75), ('workshops', 'r9', 'Ada', 'ada@example.com', 90);
INSERT INTO speaker_engagement VALUES
    ('summit', 'p1', 'Grace Hopper', 2, 3, 135, 75, 33.75), ('summit', 'p2', NULL, 1, 3, 120, 60, 40),
    ('summit', '(no speaker)', NULL, 1, 1, 45, 45, 45), ('workshops', 'p1', 'Grace Hopper', 1, 1, 90, 90, 90);
INSERT INTO tag_engagement VALUES
    ('summit', 'AI', 2, 3, 135, 75, 33.75), ('summit', 'Data', 1, 3, 120, 60, 40),
    ('summit', '(untagged)', 1, 1, 45, 45, 45), ('workshops', 'AI', 1, 1, 90, 90, 90);
INSERT INTO raw.loads (load_id, loaded_at) VALUES
    (2, '2025-11-01 12:30:00+00'), (1, '2025-11-01 12:00:00+00');
"""
