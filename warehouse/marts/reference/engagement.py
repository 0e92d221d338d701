"""Facts and the figures of time spent, derived a second time."""

from warehouse.marts.reference.table import Reference

LATEST = """
WITH
ordered AS (
    SELECT delivery_id, row_number() OVER (ORDER BY action_created_at NULLS FIRST, delivery_id) AS n
    FROM staging.actions
),
-- Not materialized: each action would repeat its descriptions, with up to 200 tags.
actions AS NOT MATERIALIZED (
    FROM staging.actions JOIN ordered USING (delivery_id)
    JOIN staging.session_versions USING (session_version) JOIN staging.attendee_versions USING (attendee_version)
),
"""

FACTS = (
    LATEST
    + """
spent AS (
    SELECT event_id, session_id, registration_id,
           CASE $policy WHEN 'sum' THEN sum(minutes_spent) ELSE arg_max(minutes_spent, n) END AS minutes_spent,
           arg_max(delivery_id, n) AS delivery_id
    FROM actions WHERE action = 'TIME_SPENT_IN_SESSION' GROUP BY ALL
),
described AS (
    SELECT *, CASE WHEN ends_at > starts_at THEN (epoch_us(ends_at) - epoch_us(starts_at)) / 60e6 END
        AS scheduled_minutes
    FROM (
    SELECT event_id, session_id, arg_max(session_title, n) AS session_title, arg_max(location_name, n) AS location_name,
           arg_max(starts_at, n) AS starts_at, arg_max(ends_at, n) AS ends_at,
           arg_max(speakers, n) AS speakers, arg_max(tags, n) AS tags, arg_max(sponsors, n) AS sponsors,
           arg_max(session_description, n) AS session_description, arg_max(location_id, n) AS location_id,
           arg_max(location_type, n) AS location_type, arg_max(session_format, n) AS session_format
    FROM (
        SELECT event_id, session_id, session_version, max(n) AS n
        FROM staging.actions JOIN ordered USING (delivery_id) WHERE session_id IS NOT NULL GROUP BY ALL
    ) JOIN staging.session_versions USING (session_version)
    GROUP BY event_id, session_id
    )
),
attendances AS (
    -- least() alone would skip a null
    SELECT spent.*, scheduled_minutes,
           CASE WHEN scheduled_minutes > 0 THEN least(1, minutes_spent / scheduled_minutes) END AS completion
    FROM spent JOIN described USING (event_id, session_id)
),
tagged AS (
    SELECT DISTINCT event_id, session_id, unnest(tags) AS tag FROM described
),
spoken AS (
    SELECT DISTINCT event_id, session_id, speaker.speaker_id AS speaker_id
    FROM (SELECT event_id, session_id, unnest(speakers) AS speaker FROM described)
    WHERE speaker.speaker_id IS NOT NULL
),
sponsored AS (
    SELECT DISTINCT event_id, session_id, sponsor.sponsor_id AS sponsor_id
    FROM (SELECT event_id, session_id, unnest(sponsors) AS sponsor FROM described)
    WHERE sponsor.sponsor_id IS NOT NULL
),
known_events AS (
    SELECT event_id, arg_max(organization_id, n) AS organization_id, arg_max(event_name, n) AS event_name,
           arg_max(time_zone, n) AS time_zone, arg_max(event_starts_at, n) AS starts_at,
           arg_max(event_ends_at, n) AS ends_at, arg_max(event_status, n) AS event_status,
           arg_max(event_type, n) AS event_type, arg_max(event_format, n) AS event_format
    FROM (
        SELECT event_id, session_version, max(n) AS n
        FROM staging.actions JOIN ordered USING (delivery_id) GROUP BY ALL
    ) JOIN staging.session_versions USING (session_version)
    GROUP BY event_id
)
"""
)


def _credited(parts: str, part: str, nobody: str) -> str:
    """From the totals of sessions. Speakers or tags of the same sessions have the same attendees, counted once.

    Attendances times tags, which can be 200 times as many rows, are nowhere.
    """
    return f"""{FACTS},
totals AS (
    SELECT event_id, session_id, count(*) AS attendance_count, sum(minutes_spent) AS minutes
    FROM attendances GROUP BY ALL
),
credited AS (
    SELECT event_id, session_id, coalesce({part}, '{nobody}') AS {part}, attendance_count, minutes,
           count(*) OVER (PARTITION BY event_id, session_id) AS part_count
    FROM totals LEFT JOIN {parts} USING (event_id, session_id)
),
summed AS (
    SELECT event_id, {part}, list(session_id ORDER BY session_id) AS session_ids, count(*) AS session_count,
           sum(minutes) AS total_minutes, sum(minutes / part_count) AS split_minutes,
           sum(minutes) / sum(attendance_count) AS mean_minutes
    FROM credited GROUP BY event_id, {part}
),
numbered AS (SELECT *, dense_rank() OVER (ORDER BY event_id, session_ids) AS set_number FROM summed),
members AS (
    SELECT DISTINCT set_number, event_id, session_id
    FROM (SELECT set_number, event_id, unnest(session_ids) AS session_id FROM numbered)
),
counted AS (
    SELECT set_number, count(DISTINCT registration_id) AS attendee_count
    FROM attendances JOIN members USING (event_id, session_id) GROUP BY set_number
)
SELECT event_id, {part}, session_count, attendee_count, total_minutes, split_minutes, mean_minutes
FROM numbered JOIN counted USING (set_number)
"""


ENGAGEMENT = {
    "time_spent": Reference(
        ["event_id", "session_id", "registration_id"],
        f"""{FACTS}
        SELECT event_id, session_id, registration_id, minutes_spent, deliveries.action_id, deliveries.received_at
        FROM spent JOIN raw.deliveries USING (delivery_id)""",
    ),
    "session_tags": Reference(["event_id", "session_id", "tag"], f"{FACTS} FROM tagged"),
    "session_speakers": Reference(["event_id", "session_id", "speaker_id"], f"{FACTS} FROM spoken"),
    "attendees": Reference(
        ["event_id", "registration_id"],
        f"""{LATEST} unused AS (SELECT 1)
        SELECT event_id, registration_id, arg_max(actor_id, n) AS actor_id, arg_max(first_name, n) AS first_name,
               arg_max(last_name, n) AS last_name, arg_max(email, n) AS email, arg_max(company, n) AS company
        FROM actions
        SEMI JOIN (FROM staging.actions WHERE action = 'TIME_SPENT_IN_SESSION') AS spent
            USING (event_id, registration_id)
        GROUP BY ALL""",
    ),
    "event_engagement": Reference(
        ["event_id"],
        f"""{FACTS}
        SELECT event_id, count(DISTINCT session_id) AS session_count,
               count(DISTINCT registration_id) AS attendee_count, sum(minutes_spent) AS total_minutes,
               total_minutes / attendee_count AS mean_minutes_per_attendee,
               count(*) / attendee_count AS mean_sessions_per_attendee
        FROM attendances GROUP BY event_id""",
    ),
    "session_engagement": Reference(
        ["event_id", "session_id"],
        f"""{FACTS}
        SELECT event_id, session_id, any_value(session_title) AS session_title, any_value(starts_at) AS starts_at,
               any_value(ends_at) AS ends_at, any_value(location_name) AS location_name,
               any_value(scheduled_minutes) AS scheduled_minutes, count(*) AS attendee_count,
               sum(minutes_spent) AS total_minutes, avg(minutes_spent) AS mean_minutes,
               quantile_cont(minutes_spent, 0.5) AS median_minutes, quantile_cont(minutes_spent, 0.9) AS p90_minutes,
               avg(completion) AS mean_completion, avg((completion >= 0.9)::INT) AS full_stay_rate,
               avg((completion < 0.25)::INT) AS early_exit_rate
        FROM attendances JOIN (SELECT * EXCLUDE (scheduled_minutes, speakers, tags) FROM described)
            USING (event_id, session_id)
        GROUP BY ALL""",
    ),
    "attendee_engagement": Reference(
        ["event_id", "registration_id"],
        f"""{FACTS},
        totals AS (
            SELECT event_id, registration_id, count(*) AS session_count, sum(minutes_spent) AS total_minutes,
                   avg(completion) AS mean_completion
            FROM attendances GROUP BY ALL
        ),
        -- Tags of the same sessions have the same minutes, so that only the first of them can win. Without this step
        -- there would be 200 rows for each attendance in a session of 200 tags.
        first_tags AS (
            SELECT event_id, unnest(session_ids) AS session_id, min(tag) AS tag
            FROM (SELECT event_id, tag, list(session_id ORDER BY session_id) AS session_ids FROM tagged GROUP BY ALL)
            GROUP BY event_id, session_ids
        ),
        by_tag AS (
            SELECT event_id, registration_id, tag, sum(minutes_spent) AS minutes
            FROM attendances JOIN first_tags USING (event_id, session_id) GROUP BY ALL
        ),
        tops AS (
            SELECT event_id, registration_id, tag AS top_tag FROM by_tag
            QUALIFY row_number() OVER (PARTITION BY event_id, registration_id ORDER BY minutes DESC, tag) = 1
        )
        SELECT totals.*, top_tag,
               round(100 * (0.6 * cume_dist() OVER by_minutes + 0.4 * cume_dist() OVER by_sessions), 1)
                   AS engagement_score,
               rank() OVER (PARTITION BY event_id ORDER BY total_minutes DESC) AS engagement_rank
        FROM totals LEFT JOIN tops USING (event_id, registration_id)
        WINDOW by_minutes AS (PARTITION BY event_id ORDER BY total_minutes),
               by_sessions AS (PARTITION BY event_id ORDER BY session_count)""",
    ),
    "speaker_engagement": Reference(["event_id", "speaker_id"], _credited("spoken", "speaker_id", "(no speaker)")),
    "tag_engagement": Reference(["event_id", "tag"], _credited("tagged", "tag", "(untagged)")),
    "session_sponsors": Reference(["event_id", "session_id", "sponsor_id"], f"{FACTS} FROM sponsored"),
    "sponsors": Reference(["sponsor_id"], f"{FACTS} SELECT DISTINCT sponsor_id FROM sponsored"),
    "sponsor_engagement": Reference(["event_id", "sponsor_id"], _credited("sponsored", "sponsor_id", "(no sponsor)")),
    "events": Reference(["event_id"], f"{FACTS} FROM known_events"),
    "sessions": Reference(
        ["event_id", "session_id"],
        f"""{FACTS}
        SELECT described.* EXCLUDE (speakers, tags, sponsors),
               timezone(coalesce(time_zone, 'UTC'), described.starts_at) AS local_starts_at,
               timezone(coalesce(time_zone, 'UTC'), described.ends_at) AS local_ends_at
        FROM described JOIN known_events USING (event_id)""",
    ),
}
