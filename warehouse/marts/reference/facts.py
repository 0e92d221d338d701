"""Facts, derived a second time: the order of the actions, minutes spent, and the latest descriptions.

The order is that of `action_created_at`, unknown times first, then that of receipt. Each field of a description comes
from the latest action that carries it: `arg_max` passes over nulls.
"""

from warehouse.marts.reference.table import Reference

# A description counts once, with the last action that refers to it: each action would repeat up to 200 tags.
LATEST = """
CREATE OR REPLACE TEMP TABLE reference_order AS
    SELECT delivery_id, row_number() OVER (ORDER BY action_created_at NULLS FIRST, delivery_id) AS n
    FROM staging.actions;

CREATE OR REPLACE TEMP TABLE reference_events AS
    SELECT event_id, arg_max(organization_id, n) AS organization_id, arg_max(event_name, n) AS event_name,
           arg_max(time_zone, n) AS time_zone, arg_max(event_starts_at, n) AS starts_at,
           arg_max(event_ends_at, n) AS ends_at, arg_max(event_status, n) AS event_status,
           arg_max(event_type, n) AS event_type, arg_max(event_format, n) AS event_format
    FROM (
        SELECT event_id, session_version, max(n) AS n
        FROM staging.actions JOIN reference_order USING (delivery_id) GROUP BY ALL
    ) JOIN staging.session_versions USING (session_version)
    GROUP BY event_id;

CREATE OR REPLACE TEMP TABLE reference_sessions AS
    WITH described AS (
        SELECT event_id, session_id, arg_max(session_title, n) AS session_title,
               arg_max(session_description, n) AS session_description, arg_max(session_format, n) AS session_format,
               arg_max(starts_at, n) AS starts_at, arg_max(ends_at, n) AS ends_at,
               arg_max(location_id, n) AS location_id, arg_max(location_name, n) AS location_name,
               arg_max(location_type, n) AS location_type,
               arg_max(speakers, n) AS speakers, arg_max(tags, n) AS tags, arg_max(sponsors, n) AS sponsors
        FROM (
            SELECT event_id, session_id, session_version, max(n) AS n
            FROM staging.actions JOIN reference_order USING (delivery_id) WHERE session_id IS NOT NULL GROUP BY ALL
        ) JOIN staging.session_versions USING (session_version)
        GROUP BY event_id, session_id
    )
    SELECT described.*,
           CASE WHEN described.ends_at > described.starts_at
                THEN (epoch_us(described.ends_at) - epoch_us(described.starts_at)) / 60e6 END AS scheduled_minutes,
           timezone(coalesce(time_zone, 'UTC'), described.starts_at) AS local_starts_at,
           timezone(coalesce(time_zone, 'UTC'), described.ends_at) AS local_ends_at
    FROM described JOIN reference_events USING (event_id);
"""

SPENT = """
CREATE OR REPLACE TEMP TABLE reference_spent AS
    SELECT event_id, session_id, registration_id,
           CASE getvariable('repeat_policy') WHEN 'sum' THEN sum(minutes_spent) ELSE arg_max(minutes_spent, n) END
               AS minutes_spent,
           arg_max(delivery_id, n) AS delivery_id
    FROM staging.actions JOIN reference_order USING (delivery_id)
    WHERE action = 'TIME_SPENT_IN_SESSION' GROUP BY event_id, session_id, registration_id;
"""

# Of a part that is there twice the first one counts.
PARTS = "".join(
    f"""
CREATE OR REPLACE TEMP TABLE reference_{part}s AS
    SELECT event_id, session_id, sent.{part}_id, sent.{part}_url
    FROM (SELECT event_id, session_id, unnest({part}s) AS sent, generate_subscripts({part}s, 1) AS position
          FROM reference_sessions)
    WHERE sent.{part}_id IS NOT NULL
    QUALIFY row_number() OVER (PARTITION BY event_id, session_id, sent.{part}_id ORDER BY position) = 1;
"""
    for part in ("speaker", "sponsor")
)
TAGS = """
CREATE OR REPLACE TEMP TABLE reference_tags AS
    SELECT DISTINCT event_id, session_id, unnest(tags) AS tag FROM reference_sessions;
"""

PREPARE_FACTS = LATEST + SPENT + PARTS + TAGS

FACTS = {
    "time_spent": Reference(
        ["event_id", "session_id", "registration_id"],
        """
        SELECT spent.* EXCLUDE (delivery_id), action_id, action_created_at, received_at
        FROM reference_spent AS spent JOIN raw.deliveries USING (delivery_id)
        JOIN (SELECT delivery_id, action_created_at FROM staging.actions) USING (delivery_id)""",
    ),
    "events": Reference(["event_id"], "FROM reference_events"),
    "sessions": Reference(
        ["event_id", "session_id"], "SELECT * EXCLUDE (speakers, tags, sponsors) FROM reference_sessions"
    ),
    "session_speakers": Reference(["event_id", "session_id", "speaker_id"], "FROM reference_speakers"),
    "session_tags": Reference(["event_id", "session_id", "tag"], "FROM reference_tags"),
    "session_sponsors": Reference(["event_id", "session_id", "sponsor_id"], "FROM reference_sponsors"),
    # Their names come from the user's files, which may be newer than the tables.
    "speakers": Reference(["speaker_id"], "SELECT DISTINCT speaker_id FROM reference_speakers"),
    "sponsors": Reference(["sponsor_id"], "SELECT DISTINCT sponsor_id FROM reference_sponsors"),
}
