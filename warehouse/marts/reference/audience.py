"""Registrations, interactions and the funnel, derived a second time from the typed actions in `staging`.

Whoever attended is registered. For others the latest action counts that registers, deletes or rejects. A no-show is
registered and did not attend; nobody is one before an action tells that the event is over. Counts are of registrations,
those of interactions are of actions.
"""

from warehouse.marts.reference.table import Reference

FIELDS = [
    *("actor_id", "first_name", "last_name", "email", "company", "designation", "headline", "industry", "country"),
    *("attendance_type", "ticket_name", "source_type", "utm_source", "utm_medium", "utm_campaign"),
]
REGISTERING = "('REGISTERED', 'REGISTRATION_FOR_ON_DEMAND', 'APPROVED')"
CANCELLING = "('REGISTRATION_DELETE', 'REGISTRATION_REJECTED')"
ARRIVING = """('ATTENDED', 'ENTERED', 'JOINED_SESSION', 'JOINED_BOOTH', 'JOINED_BREAKOUT_ROOM',
               'JOINED_DISCUSSION_ROOM')"""
SPENDING = """('TIME_SPENT_IN_SESSION', 'TIME_SPENT_IN_BOOTH', 'TIME_SPENT_IN_BOOTHS', 'TIME_SPENT_IN_DISCUSSION_ROOM',
               'TIME_SPENT_IN_STAGE', 'TIME_SPENT_IN_EVENT')"""

# A description counts once, with the last action that refers to it.
PREPARE_AUDIENCE = f"""
CREATE OR REPLACE TEMP TABLE reference_profiles AS
    SELECT event_id, registration_id, attendee_version, max(n) AS n
    FROM staging.actions JOIN reference_order USING (delivery_id) WHERE registration_id IS NOT NULL GROUP BY ALL;

CREATE OR REPLACE TEMP TABLE reference_people AS
    WITH described AS (
        SELECT event_id, registration_id, {", ".join(f"arg_max({name}, n) AS {name}" for name in FIELDS)}
        FROM reference_profiles JOIN staging.attendee_versions USING (attendee_version)
        GROUP BY event_id, registration_id
    ),
    history AS (
        SELECT event_id, registration_id,
               min(action_created_at) FILTER (action = 'INVITED') AS invited_at,
               min(action_created_at) FILTER (action IN {REGISTERING}) AS registered_at,
               min(action_created_at) FILTER (action IN {ARRIVING}) AS arrived_at,
               coalesce(arg_max(action IN {REGISTERING}, n)
                   FILTER (action IN {REGISTERING} OR action IN {CANCELLING}), false) AS stands,
               count(*) FILTER (
                   action IN {ARRIVING} OR action IN ('ASKED_QUESTION', 'QUESTION_UPVOTED', 'ANSWERED_POLL')
                   OR minutes_spent > 0 AND action IN {SPENDING}
               ) > 0 AS is_attended,
               count(*) FILTER (action IN ('ATTENDED_ON_DEMAND', 'WATCHED_VOD')) > 0 AS is_on_demand
        FROM staging.actions JOIN reference_order USING (delivery_id)
        WHERE registration_id IS NOT NULL GROUP BY event_id, registration_id
    ),
    over AS (SELECT DISTINCT event_id FROM staging.actions WHERE action = 'NO_SHOW' OR action IN {SPENDING})
    SELECT described.*, invited_at, registered_at, arrived_at, is_attended, is_on_demand,
           is_attended OR stands AS is_registered,
           CASE WHEN event_id IN (FROM over) THEN stands AND NOT is_attended END AS is_no_show
    FROM described JOIN history USING (event_id, registration_id);
"""

COUNTS = """
       count(*) FILTER (action = 'ASKED_QUESTION') AS question_count,
       count(*) FILTER (action = 'QUESTION_UPVOTED') AS upvote_count,
       count(*) FILTER (action = 'ANSWERED_POLL') AS poll_answer_count,
       count(*) FILTER (action = 'ANSWERED_SURVEY') AS survey_answer_count
"""
OF_SESSIONS = "('ASKED_QUESTION', 'QUESTION_UPVOTED', 'ANSWERED_POLL', 'ANSWERED_SURVEY')"
OF_ATTENDEES = "('ASKED_QUESTION', 'QUESTION_UPVOTED', 'ANSWERED_POLL', 'ANSWERED_SURVEY', 'CTA_CLICKED')"

AUDIENCE = {
    "attendees": Reference(
        ["event_id", "registration_id"],
        """
        SELECT event_id, registration_id, actor_id, first_name, last_name, email, company, designation, headline,
               industry, country
        FROM reference_people SEMI JOIN reference_spent USING (event_id, registration_id)""",
    ),
    "registrations": Reference(["event_id", "registration_id"], "FROM reference_people"),
    "registration_fields": Reference(
        ["event_id", "registration_id", "field"],
        """
        SELECT event_id, registration_id, answer.field AS field, answer.value AS "value"
        FROM (
            SELECT event_id, registration_id, unnest(custom_fields) AS answer,
                   generate_subscripts(custom_fields, 1) AS position
            FROM (SELECT event_id, registration_id, arg_max(custom_fields, n) AS custom_fields
                  FROM reference_profiles JOIN staging.attendee_versions USING (attendee_version)
                  GROUP BY event_id, registration_id)
        )
        WHERE field IS NOT NULL
        QUALIFY row_number() OVER (PARTITION BY event_id, registration_id, answer.field ORDER BY position) = 1""",
    ),
    "event_funnel": Reference(
        ["event_id"],
        f"""
        WITH spending AS (
            SELECT event_id, count(DISTINCT registration_id) AS people FROM reference_spent GROUP BY event_id
        ),
        asking AS (
            SELECT event_id, count(DISTINCT registration_id) AS people
            FROM staging.actions WHERE action IN {OF_ATTENDEES} GROUP BY event_id
        )
        SELECT event_id, any_value(event_name) AS event_name, count(invited_at) AS invited_count,
               count(*) FILTER (is_registered) AS registered_count, count(*) FILTER (is_attended) AS attended_count,
               count(*) FILTER (is_on_demand) AS on_demand_count,
               coalesce(any_value(spending.people), 0) AS session_attendee_count,
               coalesce(any_value(asking.people), 0) AS interacting_count,
               CASE WHEN count(is_no_show) > 0 THEN count(*) FILTER (is_no_show) END AS no_show_count,
               attended_count / nullif(registered_count, 0) AS show_rate
        FROM reference_people JOIN reference_events USING (event_id)
        LEFT JOIN spending USING (event_id) LEFT JOIN asking USING (event_id)
        GROUP BY event_id""",
    ),
    "session_interactions": Reference(
        ["event_id", "session_id"],
        f"""
        WITH present AS (
            SELECT event_id, session_id, count(DISTINCT registration_id) AS people FROM staging.actions
            WHERE action IN ('JOINED_SESSION', 'TIME_SPENT_IN_SESSION', {OF_SESSIONS[1:-1]}) GROUP BY ALL
        )
        SELECT event_id, session_id, joined_count, question_count, upvote_count, poll_answer_count,
               survey_answer_count, interaction_count, interacting_count, interacting_count / people AS interaction_rate
        FROM (
            SELECT event_id, session_id, {COUNTS},
                   count(DISTINCT registration_id) FILTER (action = 'JOINED_SESSION') AS joined_count,
                   count(*) FILTER (action IN {OF_SESSIONS}) AS interaction_count,
                   count(DISTINCT registration_id) FILTER (action IN {OF_SESSIONS}) AS interacting_count
            FROM staging.actions
            WHERE registration_id IS NOT NULL AND session_id IS NOT NULL
                AND action IN ('JOINED_SESSION', {OF_SESSIONS[1:-1]})
            GROUP BY event_id, session_id
        ) JOIN present USING (event_id, session_id)""",
    ),
    "attendee_interactions": Reference(
        ["event_id", "registration_id"],
        f"""
        SELECT event_id, registration_id, {COUNTS},
               count(DISTINCT session_id) FILTER (action = 'JOINED_SESSION') AS joined_session_count,
               count(*) FILTER (action = 'CTA_CLICKED') AS cta_click_count,
               count(*) FILTER (action IN {OF_ATTENDEES}) AS interaction_count
        FROM staging.actions WHERE registration_id IS NOT NULL
        GROUP BY event_id, registration_id HAVING joined_session_count + interaction_count > 0""",
    ),
}
