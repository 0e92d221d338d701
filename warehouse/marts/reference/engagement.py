"""Figures of time spent, in minutes, derived a second time from the facts of `facts` and the profiles of `audience`.

Completion is min(1, minutes / scheduled minutes), null without a schedule. Speakers, tags and sponsors have the minutes
of their sessions in full; split minutes divide them equally.
"""

from warehouse.marts.reference.table import Reference

# Tags of the same sessions have the same minutes, so that only the first of them can win. Without this step there would
# be 200 rows for each attendance in a session of 200 tags.
PREPARE_ENGAGEMENT = """
CREATE OR REPLACE TEMP TABLE reference_attendances AS
    SELECT event_id, session_id, registration_id, minutes_spent,
           -- least() alone would skip a null
           CASE WHEN scheduled_minutes > 0 THEN least(1, minutes_spent / scheduled_minutes) END AS completion
    FROM reference_spent JOIN reference_sessions USING (event_id, session_id);

CREATE OR REPLACE TEMP TABLE reference_first_tags AS
    SELECT event_id, unnest(session_ids) AS session_id, min(tag) AS tag
    FROM (SELECT event_id, tag, list(session_id ORDER BY session_id) AS session_ids FROM reference_tags GROUP BY ALL)
    GROUP BY event_id, session_ids;
"""


def top_tag(attendances: str, who: str) -> str:
    """SQL: one row per event and `who`, with the `top_tag`; of equal minutes the first tag alphabetically.

    The last digit of a sum decides what is equal. fsum() adds precisely, in whatever order.
    """
    return f"""
        SELECT event_id, {who}, tag AS top_tag
        FROM (SELECT event_id, {who}, tag, fsum(minutes) AS tag_minutes
              FROM {attendances} JOIN reference_first_tags USING (event_id, session_id) GROUP BY ALL)
        QUALIFY row_number() OVER (PARTITION BY event_id, {who} ORDER BY tag_minutes DESC, tag) = 1
    """


def _credited(parts: str, part: str, nobody: str, names: str = "") -> str:
    """From the totals of sessions. Speakers or tags of the same sessions have the same attendees, counted once.

    Attendances times tags, which can be 200 times as many rows, are nowhere.
    """
    return f"""
WITH totals AS (
    SELECT event_id, session_id, count(*) AS attendance_count, sum(minutes_spent) AS minutes
    FROM reference_attendances GROUP BY ALL
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
    FROM reference_attendances JOIN members USING (event_id, session_id) GROUP BY set_number
)
SELECT * EXCLUDE (session_ids, set_number) FROM numbered JOIN counted USING (set_number) {names}
"""


ENGAGEMENT = {
    "event_engagement": Reference(
        ["event_id"],
        """
        SELECT event_id, any_value(organization_id) AS organization_id, any_value(event_name) AS event_name,
               count(DISTINCT session_id) AS session_count, count(DISTINCT registration_id) AS attendee_count,
               sum(minutes_spent) AS total_minutes, total_minutes / attendee_count AS mean_minutes_per_attendee,
               count(*) / attendee_count AS mean_sessions_per_attendee
        FROM reference_attendances JOIN reference_events USING (event_id) GROUP BY event_id""",
    ),
    "session_engagement": Reference(
        ["event_id", "session_id"],
        """
        SELECT figures.*, session_title, starts_at, ends_at, local_starts_at, scheduled_minutes, location_id,
               location_name, location_type
        FROM (
            SELECT event_id, session_id, count(*) AS attendee_count,
                   sum(minutes_spent) AS total_minutes, avg(minutes_spent) AS mean_minutes,
                   quantile_cont(minutes_spent, 0.5) AS median_minutes,
                   quantile_cont(minutes_spent, 0.9) AS p90_minutes,
                   avg(completion) AS mean_completion, avg((completion >= 0.9)::INT) AS full_stay_rate,
                   avg((completion < 0.25)::INT) AS early_exit_rate
            FROM reference_attendances GROUP BY ALL
        ) AS figures JOIN reference_sessions USING (event_id, session_id)""",
    ),
    # Scores and ranks follow from the published minutes: a sum in another order may differ in its last digit, and then
    # no longer equal another attendee's.
    "attendee_engagement": Reference(
        ["event_id", "registration_id"],
        f"""
        SELECT figures.*, profile.* EXCLUDE (event_id, registration_id), top_tag, engagement_score, engagement_rank
        FROM (
            SELECT event_id, registration_id, count(*) AS session_count, sum(minutes_spent) AS total_minutes,
                   avg(completion) AS mean_completion
            FROM reference_attendances GROUP BY ALL
        ) AS figures
        LEFT JOIN (
            SELECT event_id, registration_id, actor_id, first_name, last_name, email, company, designation, industry,
                   country
            FROM reference_people
        ) AS profile USING (event_id, registration_id)
        LEFT JOIN (
            {top_tag("(SELECT *, minutes_spent AS minutes FROM reference_attendances)", "registration_id")}
        ) USING (event_id, registration_id)
        LEFT JOIN (
            SELECT event_id, registration_id,
                   round(100 * (0.6 * cume_dist() OVER by_minutes + 0.4 * cume_dist() OVER by_sessions), 1)
                       AS engagement_score,
                   rank() OVER (PARTITION BY event_id ORDER BY total_minutes DESC) AS engagement_rank
            FROM main.attendee_engagement
            WINDOW by_minutes AS (PARTITION BY event_id ORDER BY total_minutes),
                   by_sessions AS (PARTITION BY event_id ORDER BY session_count)
        ) USING (event_id, registration_id)""",
    ),
    "speaker_engagement": Reference(
        ["event_id", "speaker_id"],
        _credited("reference_speakers", "speaker_id", "(no speaker)", "LEFT JOIN main.speakers USING (speaker_id)"),
    ),
    "tag_engagement": Reference(["event_id", "tag"], _credited("reference_tags", "tag", "(untagged)")),
    "sponsor_engagement": Reference(
        ["event_id", "sponsor_id"],
        _credited("reference_sponsors", "sponsor_id", "(no sponsor)", "LEFT JOIN main.sponsors USING (sponsor_id)"),
    ),
}
